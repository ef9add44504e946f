"""Small chat templates of our own: each uses the features of Jinja that a family's published template does, and the features file by file.

CASES: name -> (template, extra variables, add_generation_prompt). Every one is rendered with every chat that CHATS lists for it.
"""
USER = [{"role": "user", "content": "Hi  there\n"}]
TURNS = [
    {"role": "system", "content": " Be brief. "},
    {"role": "user", "content": "What is 2+2? <b>&\"quotes\" 'n' é 🙂</b>"},
    {"role": "assistant", "content": "<think>\nadd\n</think>\n\n4"},
    {"role": "user", "content": "And 3?"},
]
CALLS = [
    {"role": "user", "content": "Weather in Köln?"},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "abc123456", "type": "function", "function": {"name": "weather", "arguments": {"city": "Köln", "days": 2, "scale": 1.5, "round": 2.0, "deep": {"a": [1, None, True]}}}}]},
    {"role": "tool", "name": "weather", "tool_call_id": "abc123456", "content": "{\"t\": 21.0}"},
    {"role": "tool", "name": "weather", "tool_call_id": "abc123457", "content": "{\"t\": 5}"},
    {"role": "assistant", "content": "21 and 5"},
]
PARTS = [{"role": "user", "content": [{"type": "text", "text": "Look: "}, {"type": "image"}, {"type": "text", "text": "what?"}]}]
WRONG = [{"role": "assistant", "content": "I begin"}, {"role": "assistant", "content": "again"}]
CHATS = {"user": USER, "turns": TURNS, "calls": CALLS, "parts": PARTS, "wrong": WRONG}

TOOLS = [{"type": "function", "function": {"name": "weather", "description": "The weather <of> a city's day & night — daily", "parameters": {"type": "object", "properties": {"city": {"type": "string", "description": "a \"city\""}, "days": {"type": "integer", "default": 1}}, "required": ["city"]}}}]

FAMILIES = {
    "chatml": "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + (message['content'] or '') + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}",
    "smollm": """{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are a helpful model<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content']|string + '<|im_end|>' + '\n'}}{% endfor %}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}""",
    "llama3": """{{- bos_token }}
{%- if custom_tools is defined %}
    {%- set tools = custom_tools %}
{%- endif %}
{%- if not tools_in_user_message is defined %}
    {%- set tools_in_user_message = true %}
{%- endif %}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\\n\\n" }}
{%- if tools is not none %}{{- "Environment: ipython\\n" }}{%- endif %}
{{- "Today Date: " + date_string + "\\n\\n" }}
{{- system_message }}<|eot_id|>
{%- if tools_in_user_message and not tools is none %}
    {%- if messages | length != 0 %}
        {%- set first_user_message = messages[0]['content']|trim %}
        {%- set messages = messages[1:] %}
    {%- else %}
        {{- raise_exception("Cannot put tools in the first user message when there's no first user message!") }}
    {%- endif %}
    {%- for t in tools %}
        {{- t | tojson(indent=4) }}
        {{- "\\n\\n" }}
    {%- endfor %}
    {{- first_user_message + "<|eot_id|>"}}
{%- endif %}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or message.role == 'tool' or 'tool_calls' in message) %}
        {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n'+ message['content'] | trim + '<|eot_id|>' }}
    {%- elif 'tool_calls' in message %}
        {%- if not message.tool_calls|length == 1 %}
            {{- raise_exception("This model only supports single tool-calls at once!") }}
        {%- endif %}
        {%- set tool_call = message.tool_calls[0].function %}
        {{- '{"name": "' + tool_call.name + '", ' }}
        {{- '"parameters": ' }}
        {{- tool_call.arguments | tojson }}
        {{- "}" }}
    {%- elif message.role == "tool" or message.role == "ipython" %}
        {%- if message.content is mapping or message.content is iterable %}
            {{- message.content | tojson }}
        {%- else %}
            {{- message.content }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}
{%- endif %}
""",
    "qwen3": """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools>{\\"name\\": <function-name>}<|im_end|>\\n" }}
{%- else %}
    {%- if messages[0].role == 'system' %}
        {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
    {%- endif %}
{%- endif %}
{%- set ns = namespace(multi_step_tool=true, last_query_index=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.multi_step_tool and message.role == "user" and message.content is string and not(message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}
        {%- set ns.multi_step_tool = false %}
        {%- set ns.last_query_index = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- if (message.role == "user") or (message.role == "system" and not loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + content + '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set reasoning_content = '' %}
        {%- if message.reasoning_content is string %}
            {%- set reasoning_content = message.reasoning_content %}
        {%- else %}
            {%- if '</think>' in content %}
                {%- set reasoning_content = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
                {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
            {%- endif %}
        {%- endif %}
        {%- if loop.index0 > ns.last_query_index %}
            {%- if loop.last or (not loop.last and reasoning_content) %}
                {{- '<|im_start|>' + message.role + '\\n<think>\\n' + reasoning_content.strip('\\n') + '\\n</think>\\n\\n' + content.lstrip('\\n') }}
            {%- else %}
                {{- '<|im_start|>' + message.role + '\\n' + content }}
            {%- endif %}
        {%- else %}
            {{- '<|im_start|>' + message.role + '\\n' + content }}
        {%- endif %}
        {%- if message.tool_calls %}
            {%- for tool_call in message.tool_calls %}
                {%- if (loop.first and content) or (not loop.first) %}
                    {{- '\\n' }}
                {%- endif %}
                {%- if tool_call.function %}
                    {%- set tool_call = tool_call.function %}
                {%- endif %}
                {{- '<tool_call>\\n{"name": "' }}
                {{- tool_call.name }}
                {{- '", "arguments": ' }}
                {%- if tool_call.arguments is string %}
                    {{- tool_call.arguments }}
                {%- else %}
                    {{- tool_call.arguments | tojson }}
                {%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}
            {{- '<|im_start|>user' }}
        {%- endif %}
        {{- '\\n<tool_response>\\n' }}
        {{- content }}
        {{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}
            {{- '<|im_end|>\\n' }}
        {%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}
    {{- '<|im_start|>assistant\\n' }}
    {%- if enable_thinking is defined and enable_thinking is false %}
        {{- '<think>\\n\\n</think>\\n\\n' }}
    {%- endif %}
{%- endif %}""",
    "mistral": """{%- if messages[0]["role"] == "system" %}
    {%- set system_message = messages[0]["content"] %}
    {%- set loop_messages = messages[1:] %}
{%- else %}
    {%- set loop_messages = messages %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{%- set user_messages = loop_messages | selectattr("role", "equalto", "user") | list %}
{%- set ns = namespace() %}
{%- set ns.index = 0 %}
{%- for message in loop_messages %}
    {%- if not (message.role == "tool" or message.role == "tool_results" or (message.tool_calls is defined and message.tool_calls is not none)) %}
        {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
            {{- raise_exception("After the optional system message, conversation roles must alternate user/assistant/user/assistant/...") }}
        {%- endif %}
        {%- set ns.index = ns.index + 1 %}
    {%- endif %}
{%- endfor %}
{{- bos_token }}
{%- for message in loop_messages %}
    {%- if message["role"] == "user" %}
        {%- if tools is not none and (message == user_messages[-1]) %}
            {{- "[AVAILABLE_TOOLS] [" }}
            {%- for tool in tools %}
                {%- set tool = tool.function %}
                {{- '{"type": "function", "function": {' }}
                {%- for key, val in tool.items() if key != "return" %}
                    {%- if val is string %}
                        {{- '"' + key + '": "' + val + '"' }}
                    {%- else %}
                        {{- '"' + key + '": ' + val|tojson }}
                    {%- endif %}
                    {%- if not loop.last %}
                        {{- ", " }}
                    {%- endif %}
                {%- endfor %}
                {{- "}}" }}
                {%- if not loop.last %}
                    {{- ", " }}
                {%- else %}
                    {{- "]" }}
                {%- endif %}
            {%- endfor %}
            {{- "[/AVAILABLE_TOOLS]" }}
        {%- endif %}
        {%- if loop.last and system_message is defined %}
            {{- "[INST] " + system_message + "\\n\\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- elif message.tool_calls is defined and message.tool_calls is not none %}
        {{- "[TOOL_CALLS] [" }}
        {%- for tool_call in message.tool_calls %}
            {%- set out = tool_call.function|tojson %}
            {{- out[:-1] }}
            {%- if not tool_call.id is defined or tool_call.id|length != 9 %}
                {{- raise_exception("Tool call IDs should be alphanumeric strings with length 9!") }}
            {%- endif %}
            {{- ', "id": "' + tool_call.id + '"}' }}
            {%- if not loop.last %}{{- ", " }}{%- else %}{{- "]" + eos_token }}{%- endif %}
        {%- endfor %}
    {%- elif message["role"] == "assistant" %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- elif message["role"] == "tool_results" or message["role"] == "tool" %}
        {%- if message.content is defined and message.content.content is defined %}
            {%- set content = message.content.content %}
        {%- else %}
            {%- set content = message.content %}
        {%- endif %}
        {{- '[TOOL_RESULTS] {"content": ' + content|string + ", " }}
        {{- '"call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
    {%- else %}
        {{- raise_exception("Only user and assistant roles are supported, with the exception of an initial optional system message!") }}
    {%- endif %}
{%- endfor %}
""",
    "phi3": "{% for message in messages %}{% if message['role'] == 'system' and message['content'] %}{{'<|system|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'user' %}{{'<|user|>\n' + message['content'] + '<|end|>\n'}}{% elif message['role'] == 'assistant' %}{{'<|assistant|>\n' ~ message['content'] ~ '<|end|>\n'}}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
    "gemma": """{{ bos_token }}
{%- if messages[0]['role'] == 'system' -%}
    {%- if messages[0]['content'] is string -%}
        {%- set first_user_prefix = messages[0]['content'] + '\n\n' -%}
    {%- else -%}
        {%- set first_user_prefix = messages[0]['content'][0]['text'] + '\n\n' -%}
    {%- endif -%}
    {%- set loop_messages = messages[1:] -%}
{%- else -%}
    {%- set first_user_prefix = "" -%}
    {%- set loop_messages = messages -%}
{%- endif -%}
{%- for message in loop_messages -%}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
        {{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}
    {%- endif -%}
    {%- if (message['role'] == 'assistant') -%}
        {%- set role = "model" -%}
    {%- else -%}
        {%- set role = message['role'] -%}
    {%- endif -%}
    {{ '<start_of_turn>' + role + '\n' + (first_user_prefix if loop.first else "") }}
    {%- if message['content'] is string -%}
        {{ message['content'] | trim }}
    {%- elif message['content'] is iterable -%}
        {%- for item in message['content'] -%}
            {%- if item['type'] == 'image' -%}
                {{ '<start_of_image>' }}
            {%- elif item['type'] == 'text' -%}
                {{ item['text'] | trim }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{ raise_exception("Invalid content type") }}
    {%- endif -%}
    {{ '<end_of_turn>\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{'<start_of_turn>model\n'}}
{%- endif -%}
""",
    "glm4": """[gMASK]<sop>
{%- if tools -%}
<|system|>
# Tools
{% for tool in tools %}
    {%- set function = tool.function if tool.get("function") else tool %}

## {{ function.name }}

{{ function | tojson(indent=4, ensure_ascii=False) }}
In JSON format.
{%- endfor %}
{%- endif -%}
{%- macro visible_text(content) -%}
    {%- if content is string -%}
        {{- content }}
    {%- elif content is iterable and content is not mapping -%}
        {%- for item in content -%}
            {%- if item is mapping and item.type == 'text' -%}
                {{- item.text }}
            {%- elif item is string -%}
                {{- item }}
            {%- endif -%}
        {%- endfor -%}
    {%- else -%}
        {{- content }}
    {%- endif -%}
{%- endmacro -%}
{%- for msg in messages %}
    {%- if msg.role == 'system' %}
<|system|>
{{ visible_text(msg.content) }}
    {%- endif %}
{%- endfor %}
{%- for message in messages if message.role != 'system' %}
    {%- set role = message['role'] %}
    {%- set content = message['content'] if '</think>' not in (message['content'] or '') else message['content'].split('</think>')|last %}
    {%- set meta = message.get("metadata", "") %}
    {%- if role == 'user' %}
<|user|>
{{ visible_text(content) }}
    {%- elif role == 'assistant' and not meta %}
<|assistant|>
{{ visible_text(content).strip() }}
    {%- elif role == 'tool' or role == 'observation' %}
<|observation|>
{{ content }}
    {%- endif %}
{%- endfor %}
{% if add_generation_prompt %}<|assistant|>
{% endif %}""",
    "deepseek": "{% if not add_generation_prompt is defined %}{% set add_generation_prompt = false %}{% endif %}{% set ns = namespace(is_first=false, is_tool=false, is_output_first=true, system_prompt='', is_first_sp=true) %}{%- for message in messages %}{%- if message['role'] == 'system' %}{%- if ns.is_first_sp %}{% set ns.system_prompt = ns.system_prompt + message['content'] %}{% set ns.is_first_sp = false %}{%- else %}{% set ns.system_prompt = ns.system_prompt + '\\n\\n' + message['content'] %}{%- endif %}{%- endif %}{%- endfor %}{{ bos_token }}{{ ns.system_prompt }}{%- for message in messages %}{%- if message['role'] == 'user' %}{%- set ns.is_tool = false -%}{{'<｜User｜>' + message['content']}}{%- endif %}{%- if message['role'] == 'assistant' and 'tool_calls' in message %}{%- set ns.is_tool = false -%}{%- for tool in message['tool_calls'] %}{%- if not ns.is_first %}{%- if message['content'] is none %}{{'<｜Assistant｜><｜tool▁calls▁begin｜>' + tool['type'] + '<｜tool▁sep｜>' + tool['function']['name'] + '\\n' + '```json' + '\\n' + tool['function']['arguments']|tojson + '\\n' + '```'}}{%- else %}{{'<｜Assistant｜>' + message['content']}}{%- endif %}{%- set ns.is_first = true -%}{%- endif %}{%- endfor %}{%- elif message['role'] == 'assistant' %}{% set content = message['content'] %}{% if '</think>' in content %}{% set content = content.split('</think>')[-1] %}{% endif %}{{'<｜Assistant｜>' + content + '<｜end▁of▁sentence｜>'}}{%- endif %}{%- if message['role'] == 'tool' %}{%- set ns.is_tool = true -%}{%- if ns.is_output_first %}{{'<｜tool▁outputs▁begin｜>' + message['content']}}{%- set ns.is_output_first = false %}{%- else %}{{'\\n' + message['content']}}{%- endif %}{%- endif %}{%- endfor -%}{% if ns.is_tool %}{{'<｜tool▁outputs▁end｜>'}}{% endif %}{% if add_generation_prompt and not ns.is_tool %}{{'<｜Assistant｜><think>\\n'}}{% endif %}",
    "generation": "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{{ eos_token }}{% endgeneration %}{% else %}[{{ m.role }}]{{ m.content }}{% endif %}{% endfor %}",
}

# Printed as a template prints them: one feature each, no chat.
VALUES = {
    "n": 7, "neg": -7, "f": 2.5, "whole": 2.0, "tiny": 1e-7, "huge": 1e22, "third": 1 / 3, "none": None, "yes": True, "no": False, "text": "  Hello World  ", "word": "straße", "list": [1, "a", None, True, 2.0],
    "nested": {"a": {"b": [1, {"c": "d'e"}]}, "t": "x\"y'z\n"}, "empty": "", "zero": 0, "people": [{"name": "B", "age": 3, "on": True}, {"name": "a", "age": 1, "on": False}, {"name": "C", "age": 2}], "emoji": "a🙂b",
}
FEATURES = [
    *(f"{{{{ {name} }}}}" for name in VALUES),
    *(f"{{{{ {name} | tojson }}}}" for name in ("n", "f", "whole", "tiny", "huge", "none", "yes", "word", "list", "nested", "emoji")),
    "{{ nested | tojson(indent=2) }}", "{{ list | tojson(indent=4) }}", "{{ word | tojson(ensure_ascii=True) }}", "{{ nested | tojson(sort_keys=True) }}", "{{ nested | tojson(separators=(',', ':')) }}", "{{ {} | tojson(indent=2) }}", "{{ [] | tojson(indent=2) }}",
    "{{ '<>&' | tojson }}",
    *(f"{{{{ {expression} }}}}" for expression in (
        "n % 3", "neg % 3", "neg // 2", "n // 2", "n / 2", "6 / 3", "n ** 2", "2 ** -1", "neg % -3", "n % -3", "-7 % 2.5", "n * 1.0", "1 + whole", "n + f", "10 // 2.5", "1e3", "n - 0.5", "'ab' * 3", "[1] * 2", "-n", "+n",
        "n | string + 'x'", "n ~ none ~ yes ~ whole", "list + [3]", "'a' 'b'", "'%s is %d' % ('x', 3)", "1 == 1.0", "'1' == 1", "none == false", "1 == true", "'a' < 'b'", "1 < 2 < 3", "not empty", "empty or 'other'", "0 or none", "n and text", "none and 1",
        "text.strip()", "text.lstrip()", "text.rstrip()", "'xxaxx'.strip('x')", "text.upper()", "text.lower()", "'hello wORLD it\\'s'.title()", "'hELLO World'.capitalize()", "text.split()", "'a,b,,c'.split(',')", "'a b  c'.split(None, 1)", "'a,b,c'.split(',', 1)", "'a,b,c'.rsplit(',', 1)", "'a-b'.replace('-', '+')", "'aaa'.replace('a', 'b', 2)", "'abc'.startswith('ab')", "'abc'.endswith(('x', 'bc'))", "'abc'.startswith(('x', 'ab'))", "'abc'.find('c')", "'abcb'.count('b')", "'a\\nb'.splitlines()", "', '.join(['a', 'b'])", "'abc'.index('c')", "'12'.isdigit()", "'ab'.isalpha()", "'x'.zfill(3)", "'{} {}'.format(1, 'a')", "'x'.center(5)", "'abc'.removeprefix('a')",
        "emoji[1]", "emoji[1:]", "emoji | length", "emoji[::-1]", "word | length", "text[2:7]", "text[-3]", "text[::2]", "list[::-1]", "list[1:3]", "list[-2:]", "list[:-1]", "list[99:]", "nested.a.b[1].c", "nested['t']", "nested.missing is defined", "missing is defined", "missing is undefined", "missing", "nested.get('zz')", "nested.get('zz', 5)", "nested.keys() | list", "nested.values() | list", "nested.items() | list", "nested | items | list", "nested | dictsort | list", "nested | length", "nested | list", "'a' in nested", "'zz' not in nested", "1 in list", "'ell' in text",
        "people | map(attribute='name') | list", "people | map(attribute='name') | join(', ')", "people | selectattr('on') | map(attribute='name') | list", "people | rejectattr('on') | map(attribute='name') | list", "people | selectattr('age', 'gt', 1) | map(attribute='age') | list", "people | selectattr('on', 'defined') | list | length", "people | rejectattr('name', 'equalto', 'B') | list | length", "people | selectattr('name', 'in', ['a', 'C']) | list | length", "people | sort(attribute='age') | map(attribute='name') | list", "people | sort(attribute='name') | map(attribute='name') | join", "people | groupby('age') | list | length", "['b', 'A', 'c'] | sort", "[3, 1, 2] | sort(reverse=true)", "[1, 2, 2, 3] | unique | list", "['a', 'b'] | map('upper') | list", "[0, 1, 2] | select | list", "[1, 2, 3] | select('odd') | list", "[1, 2, 3] | reject('odd') | list", "list | first", "list | last", "[] | first", "list | reverse | list", "'abc' | reverse", "'abc' | list", "[1, 2] | sum", "[1, 5, 2] | max", "[1, 5, 2] | min", "[1, 2, 3, 4, 5] | batch(2) | list", "[1, 2, 3] | slice(2) | list",
        "text | trim", "text | upper", "text | lower", "'hello world' | title", "'hello' | capitalize", "text | replace('l', 'L')", "text | length", "text | string", "5 | string | length", "missing | default('d')", "empty | default('d')", "empty | default('d', true)", "none | default('d')", "none | default('d', boolean=true)", "missing | d('x')", "'7' | int", "'x' | int", "'x' | int(3)", "'2.5' | float", "2.7 | int", "2.567 | round(2)", "2.5 | round", "3.5 | round", "2.5 | round | int", "-3 | abs", "'<a>' | escape", "'<a>' | e", "'<a>' | safe", "'a b' | urlencode", "'a\\nb' | indent(2)", "'a\\nb' | indent(2, true)", "'a b c' | wordcount", "'abcdef' | truncate(4)", "{'a': 1} | xmlattr",
        "none is none", "n is number", "f is float", "n is integer", "whole is integer", "yes is number", "yes is boolean", "yes is true", "no is false", "text is string", "list is iterable", "text is iterable", "nested is mapping", "list is mapping", "nested is iterable", "list is sequence", "text is sequence", "nested is sequence", "n is odd", "n is even", "n is divisibleby 7", "n is eq 7", "n is equalto 7", "n is ne 7", "n is gt 3", "n is in [7]", "'a' is lower", "'A' is upper", "range is callable", "none is iterable", "missing is none", "n is not none", "n is sameas n",
        "[1, 2.0, 'a', none, true, {'k': (1, 2)}]", "(1,)", "(1, 'a')", "{}", "[]", "{'a': none}", "'it\\'s'", "['it\\'s']", "['a\"b']", "['both\\'\"']", "['tab\\t nl\\n é 🙂 \\x00']", "range(3)", "range(3) | list", "range(1, 8, 3) | list", "range(3, 0, -1) | list", "dict(a=1, b='x')", "namespace(a=1).a", "n if n > 3 else 'small'", "'x' if no", "[x for x in list]", "1_000", "0x10", "loop is defined", "self is defined", "true", "True", "None", "False", "none",
    )),
    "{% for x in list %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}",
    "{% for x in list %}{{ loop.cycle('a', 'b') }}{{ loop.depth }}{% endfor %}", "{% for x in [1, 1, 2] %}{% if loop.changed(x) %}{{ x }}{% endif %}{% endfor %}",
    "{% for x in [] %}a{% else %}none{% endfor %}", "{% for k, v in nested.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in nested %}{{ k }}{% endfor %}", "{% for c in 'añ🙂' %}[{{ c }}]{% endfor %}", "{% for x in list if x is string %}{{ x }}{{ loop.length }}{% endfor %}",
    "{% for x in list %}{% if x is none %}{% break %}{% endif %}{{ x }}{% endfor %}", "{% for x in list %}{% if x is none %}{% continue %}{% endif %}{{ x }}{% endfor %}", "{% for x in none %}a{% endfor %}", "{% for x in missing %}a{% endfor %}", "{% for x in 5 %}a{% endfor %}",
    "{% for a, b in [[1, 2], [3, 4]] %}{{ a + b }},{% endfor %}", "{% for i in range(2) %}{% for j in range(2) %}{{ loop.index }}{{ i }}{{ j }} {% endfor %}{% endfor %}",
    "{% set x = 1 %}{% for i in range(3) %}{% set x = x + 1 %}{% endfor %}{{ x }}", "{% set ns = namespace(x=1) %}{% for i in range(3) %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set t %}block {{ n }}{% endset %}[{{ t }}]", "{% set t | upper %}block{% endset %}{{ t }}",
    "{% if zero %}a{% elif '' %}b{% elif [] %}c{% elif {} %}d{% elif none %}e{% else %}f{% endif %}", "{% if missing %}a{% else %}b{% endif %}", "{% if 0.0 %}a{% else %}b{% endif %}", "{% if whole %}a{% endif %}",
    "{% macro f(a, b='x', c=none) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }} {{ f(1, 2) }} {{ f(1, c=3) }}", "{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, k=2) }}", "{% macro f(a) %}[{{ caller() }}{{ a }}]{% endmacro %}{% call f(2) %}in{% endcall %}", "{% macro f(a) %}{{ a | upper }}{% endmacro %}{{ f('x') + f('y') | length | string }}", "{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}",
    "a {#- comment -#} b", "a\n  {% if true %}\n  b\n  {% endif %}\nc\n", "a\n  {%- if true -%}\n  b\n  {%- endif -%}\nc", "  {{ n }}  \n", "{{ n }}\n", "{{ n -}}\n x", "x \n {{- n }}", "a\n    {%+ if true %}b{% endif %}", "{% if true +%}\nb{% endif %}", "{% raw %}{{ n }}{% endraw %}", "{# multi\nline #}x\n", "x\n\n", "\n\nx", "{% set x = 1 %}\n\nx", "{{ '{{' }}{{ '%}' }}", "a\r\nb\r\n",
    "{{ 'a\\tb\\nc\\\\d\\'e\\u00e9\\x41' }}", '{{ "a\\"b" }}', "{{ missing.x }}", "{{ missing['x'] }}", "{{ none.x }}", "{{ n.x }}", "{{ nested.x.y }}", "{{ list[99] }}", "{{ list['a'] }}", "{{ text + 1 }}", "{{ 1 + '1' }}", "{{ n + none }}", "{{ list + 'a' }}", "{{ nested + 'a' }}", "{{ 1 / 0 }}", "{{ nothing() }}", "{{ n() }}", "{{ text.nothing() }}", "{{ n | nothing }}", "{{ n is nothing }}", "{{ raise_exception('no: ' + text | trim) }}", "{{ 'a' | int + 'b' }}", "{{ missing + 'a' }}", "{{ 'a' + missing }}", "{{ missing ~ 'a' }}", "{{ missing | length }}", "{{ none | length }}", "{{ 5 | length }}", "{{ missing | upper }}", "{{ none | trim }}", "{{ list | trim }}", "{{ missing | trim }}", "{{ missing | list }}", "{{ missing | join }}", "{{ missing | tojson }}", "{{ 'a' < 1 }}", "{{ none < 1 }}", "{{ messages.append(1) }}", "{{ text.__class__ }}", "{{ ''.__class__.__mro__ }}", "{{ text.join(list) }}", "{{ 'a' in none }}", "{{ 'a' in 5 }}", "{{ 1 in 'a1' }}", "{{ missing == none }}", "{{ 'a' in missing }}", "{{ missing in list }}",
    "{{ strftime_now('%Y-%m-%d %H:%M:%S %j %A %a %B %b %y %I %p %w %%') }}", "{{ strftime_now('%d %B %Y') }}", "{{ strftime_now('%-d %e') }}",
    "{% filter upper %}a{{ n }}b{% endfilter %}", "{% with x = 5 %}{{ x }}{% endwith %}", "{% set x %}{% endset %}{{ x is string }}{{ x | length }}", "{% do list.append(4) %}{{ list }}", "{% include 'x' %}", "{% for x in list recursive %}{{ x }}{% endfor %}", "{% if %}", "{{ }}", "{{ n", "{% for x in list %}", "{% endif %}", "{{ n }", "{% nothing %}",
]
