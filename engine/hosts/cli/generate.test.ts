// headscope generate over the real engine and the bundled model.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliWorkspace, headscope, headscopeJson, model } from './cli.fixture.ts';

const workspace = new CliWorkspace();
const at = (name: string) => workspace.at(name);
const EVERY_KEY = '{"kind":"a_shape","sink":0,"window":100000}';
const FEW_KEYS = '{"kind":"a_shape","sink":1,"window":8}';

beforeAll(() => workspace.fill());
afterAll(() => workspace.remove());

describe('generate', () => {
  const source = () => ['generate', '--model', model, '--tokens', at('ids.json'), '--max-new', '5'];

  it('continues a prompt, and a pattern that keeps every key changes nothing', async () => {
    const dense = await headscopeJson(source());
    expect(dense).toMatchObject({ status: 0, answer: { rows: 200, density: 1 } });
    expect(dense.answer.ids.length).toBeLessThanOrEqual(5);
    const all = await headscopeJson([...source(), '--pattern', EVERY_KEY, '--always-sparse']);
    expect(all.answer.ids).toEqual(dense.answer.ids);
    const said = await headscope(source());
    expect(said.out).toBe(`${dense.answer.text}\n`);
    expect(said.err).toMatch(/200 tokens prefilled in .* at 100.00 % density; \d+ new/);
  });

  it('prefills sparsely under a pattern', async () => {
    const { answer } = await headscopeJson([...source(), '--pattern', FEW_KEYS, '--always-sparse']);
    expect(answer.density).toBeGreaterThan(0.3);
    expect(answer.density).toBeLessThan(1);
  });

  it('counts exact answers over many prompts, and leaves a line for each', async () => {
    const { answer: one } = await headscopeJson(source());
    const { ids } = JSON.parse(readFileSync(at('ids.json'), 'utf8'));
    const lines = [{ ids, answer: ` ${one.text} ` }, { ids, answer: 'something else' }, { ids: ids.slice(0, 50) }];
    workspace.write('many.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'));
    const args = ['generate', '--model', model, '--prompts', at('many.jsonl'), '--max-new', '5', '--out', at('written.jsonl')];
    const { answer } = await headscopeJson(args);
    expect(answer).toMatchObject({ prompts: 3, answered: 2, right: 1, accuracy: 0.5, meanDensity: 1 });
    const written = readFileSync(at('written.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(written.map(({ exact }) => exact)).toEqual([true, false, null]);
    expect(written[0]).toMatchObject({ rows: 200, ids: one.ids, text: one.text });
  });

  it('names the line of a file of prompts that it cannot use', async () => {
    for (const bad of ['[1]', '{"text": 3}', '{"text": "a", "ids": [1]}', '{"ids": [1.5]}', '{"text": "a", "answer": 4}', 'no']) {
      workspace.write('bad.jsonl', `{"ids": [4]}\n\n${bad}\n`);
      const { status, answer } = await headscopeJson(['generate', '--model', model, '--prompts', at('bad.jsonl')]);
      expect(status, bad).toBe(1);
      expect(answer.error).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining('line 3') });
    }
    workspace.write('empty.jsonl', '\n');
    const { answer } = await headscopeJson(['generate', '--model', model, '--prompts', at('empty.jsonl')]);
    expect(answer.error.code).toBe('PROMPT_EMPTY');
  });
});
