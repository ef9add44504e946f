import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../checkpoint/tiny_checkpoint.ts';
import { headscope, headscopeJson, model } from './cli.fixture.ts';
import { linesOf } from './json_lines.ts';

async function lines(requests: (string | object)[], folder = model): Promise<unknown[]> {
  const stdin = requests.map((request) => (typeof request === 'string' ? request : JSON.stringify(request))).join('\n');
  const { status, out, err } = await headscope(['tokenize', '--model', folder, '--jsonl'], { stdin });
  expect({ status, err }).toEqual({ status: 0, err: '' });
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describe('tokenize --jsonl', () => {
  it('answers texts and ids, line for line, and goes on after a bad one', async () => {
    const answers = await lines([
      { text: 'Hi 🙂' },
      { text: 'Hi 🙂', special: false },
      { decode: [1, 42, 75], skip_special: false },
      { decode: [1, 42, 75], skip_special: true },
      '{"text": ',
      '[1]',
      { text: 5 },
      { text: 'a', spezial: true },
      { decode: [-1] },
      {},
      '',
      { text: '' },
    ]);
    const [whole, plain, decoded, skipped, ...rest] = answers;
    expect(whole).toEqual({ ids: expect.any(Array), offsets: expect.any(Array) });
    expect(plain).toMatchObject({
      offsets: [
        [0, 1],
        [1, 2],
        [2, 3],
        [3, 4],
        [3, 4],
        [3, 4],
        [3, 4],
      ],
    });
    expect(decoded).toEqual({ text: '<s>Hi' });
    expect(skipped).toEqual({ text: 'Hi' });
    expect(rest.slice(0, 6)).toEqual(Array(6).fill({ error: { code: 'INVALID_REQUEST', message: expect.any(String) } }));
    expect(rest.slice(6)).toEqual([{ ids: [1], offsets: [[0, 0]] }]);
  });

  it('renders chats by the template, without a second first token', async () => {
    const folder = temporaryFolder();
    copyFileSync(join(model, 'tokenizer.json'), join(folder, 'tokenizer.json'));
    const chat = { messages: [{ role: 'user', content: 'Hi' }], add_generation_prompt: true, extra: { mood: 'calm' } };
    expect(await lines([chat], folder)).toMatchObject([{ error: { code: 'INVALID_REQUEST' } }]);
    writeFileSync(
      join(folder, 'chat_template.jinja'),
      '<s>{{ messages[0].content }}, {{ mood }}{% if add_generation_prompt %}>{% endif %}',
    );
    const [answer, encoded] = await lines([chat, { text: 'Hi, calm>' }], folder);
    expect(answer).toEqual({ rendered: '<s>Hi, calm>', ids: (encoded as { ids: number[] }).ids });
    const line = '{"messages": [{"role": "user", "content": "1.0"}], "extra": {"mood": {"a": [2.0, 2, -1e3, null]}}}';
    expect(await lines([line], folder)).toMatchObject([{ rendered: "<s>1.0, {'a': [2.0, 2, -1000.0, None]}" }]);
  });

  it('reads lines across pieces of input, of either ending', async () => {
    async function* pieces() {
      for (const part of ['on', 'e\ntw', 'o\r\n\nthree €'.slice(0, -1)]) yield new TextEncoder().encode(part);
      yield Uint8Array.of(0xe2);
      yield Uint8Array.of(0x82, 0xac);
    }
    const all = async (maxLength?: number) => {
      const found = [];
      for await (const line of linesOf(pieces(), maxLength)) found.push(line);
      return found;
    };
    expect(await all()).toEqual(['one', 'two', '', 'three €']);
    const tooLong = expect.objectContaining({ code: 'LIMIT_EXCEEDED' });
    expect(await all(4)).toEqual(['one', 'two', '', tooLong]);
    expect(await all(3)).toEqual(['one', tooLong, '', tooLong]);
  });

  it('refuses what is no text, and answers the lines around it', async () => {
    const bytes = async function* () {
      yield Uint8Array.of(0x61, 0x0a, 0xff, 0x0a, 0xe2, 0x82, 0x0a, 0x62);
    };
    const found = [];
    for await (const line of linesOf(bytes())) found.push(line);
    const noText = expect.objectContaining({ code: 'INVALID_REQUEST', message: 'The line is not UTF-8 text.' });
    expect(found).toEqual(['a', noText, noText, 'b']);
    const half = (place: number) => ({
      error: { code: 'INVALID_REQUEST', message: expect.stringMatching(`half of a surrogate pair as character ${place}`) },
    });
    const answers = await lines(['{"text": "\\ud83d"}', '{"text": "\\ud83d\\ude42 \\ude42"}', '{"text": "\\ud83d\\ude42"}']);
    expect(answers).toEqual([half(0), half(2), { ids: expect.any(Array), offsets: expect.any(Array) }]);
  });
});

describe('tokenize', () => {
  it('shows the tokens of a text or a file', async () => {
    const { answer } = await headscopeJson(['tokenize', '--model', model, '--text', 'Hi']);
    expect(answer).toEqual({
      count: 3,
      ids: [1, 42, 75],
      offsets: [
        [0, 0],
        [0, 1],
        [1, 2],
      ],
      tokens: ['<s>', 'H', 'i'],
    });
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'in.txt'), 'Hi');
    const { out } = await headscope(['tokenize', '--model', model, '--file', join(folder, 'in.txt'), '--no-special']);
    expect(out).toContain('"H"');
    expect(out).not.toContain('<s>');
  });

  it('refuses none and two of the ways, and a folder without a tokenizer', async () => {
    expect((await headscope(['tokenize', '--model', model])).status).toBe(2);
    expect((await headscope(['tokenize', '--model', model, '--text', 'a', '--jsonl'])).status).toBe(2);
    expect((await headscope(['tokenize', '--text', 'a'])).status).toBe(2);
    const missing = await headscope(['tokenize', '--model', temporaryFolder(), '--text', 'a']);
    expect([missing.status, missing.err]).toEqual([1, expect.stringContaining('[TOKENIZER_MISSING]')]);
    const nowhere = await headscope(['tokenize', '--model', 'org/none-such', '--text', 'a']);
    expect([nowhere.status, nowhere.err]).toEqual([1, expect.stringContaining('headscope fetch org/none-such')]);
  });
});
