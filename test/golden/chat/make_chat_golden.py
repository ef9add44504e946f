"""What transformers makes of the templates in templates.py -> chat.json.gz.

    pip install transformers==5.23.0 jinja2 && python test/golden/chat/make_chat_golden.py

cases: {name, template, variables, text} or {..., error: what Python said}; the clock stands at NOW.
"""
import datetime
import gzip
import json
import os

from templates import CHATS, FAMILIES, FEATURES, TOOLS, VALUES

import transformers
from transformers.utils import chat_template_utils

NOW = datetime.datetime(2024, 2, 9, 15, 4, 5)


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


chat_template_utils.datetime = Clock
TOKENS = dict(bos_token="<s>", eos_token="</s>")


def render(template, variables):
    given = {**TOKENS, **json.loads(json.dumps(variables))}
    messages, tools = given.pop("messages", []), given.pop("tools", None)
    generation = given.pop("add_generation_prompt", False)
    try:
        texts, _ = chat_template_utils.render_jinja_template([messages], tools=tools, chat_template=template, add_generation_prompt=generation, **given)
        return dict(text=texts[0])
    except Exception as error:
        return dict(error=f"{type(error).__name__}: {error}"[:200])


cases = []
for family, template in FAMILIES.items():
    for chat, messages in CHATS.items():
        for extra in ({}, {"add_generation_prompt": True}, {"add_generation_prompt": True, "tools": TOOLS, "enable_thinking": False}):
            if extra.get("tools") and chat not in ("calls", "turns"):
                continue
            variables = {"messages": messages, **extra}
            cases.append(dict(name=f"{family} {chat} {' '.join(extra)}", template=template, variables=variables, **render(template, variables)))
for template in FEATURES:
    cases.append(dict(name=template, template=template, variables=None, **render(template, VALUES)))
golden = dict(transformers=transformers.__version__, now=NOW.isoformat(), tokens=TOKENS, values=VALUES, cases=cases)
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "chat.json.gz")
with open(path, "wb") as out:
    out.write(gzip.compress(json.dumps(golden, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0))
print(path, os.path.getsize(path), "bytes,", len(cases), "cases")
