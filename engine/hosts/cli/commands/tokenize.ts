import { modelFolder } from '../../../checkpoint/hub_cache.ts';
import { openTokenizer } from '../../../tokenizer/tokenizer.ts';
import { command } from '../command.ts';
import { answerLines } from '../json_lines.ts';
import { flag, required, text, UsageError, value } from '../options.ts';
import { readText } from '../read_inputs.ts';
import { textTable } from '../text_table.ts';
import { TokenizerRequests } from '../tokenizer_requests.ts';

export const tokenize = command({
  name: 'tokenize',
  summary: 'Text to token ids and back, and chats by the model’s template, as Hugging Face’s tokenizers gives them.',
  usage: 'headscope tokenize --model DIR (--text TEXT | --file F | --jsonl) [--no-special] [--json]',
  details: [
    'The folder needs a tokenizer.json, nothing else. ORG/NAME finds a model in the Hugging Face cache.',
    '--jsonl answers each line of standard input by a line: {"text", "special"} by {"ids", "offsets"} (code points),',
    '{"decode": ids, "skip_special"} by {"text"}, {"messages", "add_generation_prompt", "extra"} by {"rendered", "ids"};',
    'a line that cannot be answered by {"error": {"code", "message"}}.',
  ].join('\n'),
  options: {
    model: value('DIR', 'a Hugging Face model folder, or one with a tokenizer.json; or ORG/NAME', text),
    text: value('TEXT', 'the text itself', (raw) => raw),
    file: value('F', 'a file of UTF-8 text', text),
    jsonl: flag('requests on standard input, answers on standard output, a JSON object a line'),
    'no-special': flag('without the special tokens that the tokenizer adds around a text'),
  },
  run: async ({ values, signal, say, io, json }) => {
    if ([values.text !== undefined, values.file !== undefined, values.jsonl].filter(Boolean).length !== 1) {
      throw new UsageError('Give one of --text TEXT, --file F and --jsonl.');
    }
    const folder = modelFolder(required(values.model, 'model'));
    if (values.jsonl) {
      const requests = new TokenizerRequests(folder);
      try {
        await answerLines(io.stdin, io.stdout, signal, (line) => requests.answer(line, signal));
      } finally {
        requests.close();
      }
      return undefined;
    }
    const input = values.file === undefined ? (values.text ?? '') : await readText(values.file);
    const tokenizer = openTokenizer(folder);
    try {
      const { ids, offsets } = await tokenizer.encodeWithOffsets(input, !values['no-special'], signal);
      const texts = await tokenizer.tokens(ids, signal);
      const spans = Array.from(ids, (_, index): [number, number] => [offsets[2 * index] ?? 0, offsets[2 * index + 1] ?? 0]);
      // Of a megabyte the table is most of the work.
      if (!json) {
        const cells = spans.map(([begin, end], place) => [place, ids[place] ?? 0, begin, end, JSON.stringify(texts[place])]);
        say(textTable([['position', 'id', 'begin', 'end', 'token'], ...cells]));
      }
      return { count: ids.length, ids: [...ids], offsets: spans, tokens: texts };
    } finally {
      tokenizer.close();
    }
  },
});
