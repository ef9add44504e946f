// The commands over the real engine and the bundled model: arguments in, streams, files and status out.
import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readNpyFloats, readNpyHeader } from '../../runs/npy.ts';
import { CliWorkspace, headscope, headscopeJson, model, TOKENS, VOCABULARY, WIDTH } from './cli.fixture.ts';

const workspace = new CliWorkspace();
const at = (name: string) => workspace.at(name);
const { folder } = workspace;
const json = headscopeJson;
const P = '{"kind":"vertical_slash","verticals":40,"slashes":60}';

function npy(path: string) {
  const header = readNpyHeader(path);
  return { shape: header.shape, values: readNpyFloats(header) };
}

const PROMPT = workspace.write('prompt.txt', 'Irene and Zoe met in Sydney to talk about the sugar. VAR GL = 14794. '.repeat(20));

beforeAll(() => workspace.fill());
afterAll(() => workspace.remove());

describe('the commands', () => {
  it('inspects a model', async () => {
    const { status, answer } = await json(['inspect', model]);
    expect(status).toBe(0);
    expect(answer).toMatchObject({ architecture: 'LlamaForCausalLM', layers: 4, heads: 8, kvHeads: 4, headDim: 32, vocabSize: VOCABULARY });
    expect((await headscope(['inspect', model])).out).toContain('4 layers of 8 heads');
  });

  it('plans the memory and time of a prefill, and refuses what no setting fits', async () => {
    const { answer } = await json(['inspect', model, '--tokens', '8192', '--threads', '1']);
    const places: { name: string; bytes: number }[] = answer.plan.places;
    const held = places.filter(({ name }) => name !== 'weights (mapped)').reduce((sum, { bytes }) => sum + bytes, 0);
    expect(answer.plan).toMatchObject({ tokens: 8192, heldBytes: held, spilledBytes: 0 });
    const timed = answer.plan.backends.filter(({ times }: { times: unknown }) => times !== null);
    expect(timed.length).toBe(1);
    expect(timed[0]).toMatchObject({ available: true, times: { totalMs: expect.any(Number) } });
    const { status, answer: refused } = await json(['inspect', model, '--tokens', '2000000000']);
    expect(status).toBe(1);
    expect(refused.error).toMatchObject({ code: 'PROMPT_TOO_LONG' });
  });

  it('keeps layer inputs on disk where asked, and computes the same', async () => {
    const run = async (name: string, ...more: string[]) => {
      const args = ['prefill', '--model', model, '--tokens', at('ids.json'), '--hidden', at(name), ...more];
      return { ...(await json(args)), values: npy(at(name)).values };
    };
    const memory = await run('hidden-memory.npy');
    const disk = await run('hidden-disk.npy', '--spill');
    expect(disk.values).toEqual(memory.values);
    expect(disk.answer.notes).toEqual([expect.stringMatching(/layer inputs.* on disk/)]);
    expect(memory.answer.notes).toEqual([]);
  });

  it('prefills and exports what it says, in the shapes it says', async () => {
    const exports = ['--logits', at('all.npy'), '--lse', at('lse.npy'), '--hidden', at('hidden.npy')];
    const { answer } = await json(['prefill', '--model', model, '--tokens', at('ids.json'), ...exports, '--timings']);
    expect(answer).toMatchObject({
      rows: TOKENS,
      layers: 4,
      files: [{ path: at('all.npy') }, { path: at('lse.npy') }, { path: at('hidden.npy') }],
    });
    expect(answer.timings.length).toBe(4);
    const all = npy(at('all.npy'));
    expect(all.shape).toEqual([TOKENS, VOCABULARY]);
    await headscope(['prefill', '--model', model, '--tokens', at('ids.json'), '--logits', at('last.npy'), '--logits-last']);
    const last = npy(at('last.npy'));
    expect(last.shape).toEqual([VOCABULARY]);
    last.values.forEach((logit, id) => {
      expect(logit).toBeCloseTo(all.values[(TOKENS - 1) * VOCABULARY + id] ?? 0, 3);
    });
    expect(npy(at('hidden.npy')).shape).toEqual([5, TOKENS, WIDTH]);
    // The log-sum-exp again from q and k, in float64.
    const lse = npy(at('lse.npy'));
    expect(lse.shape).toEqual([4, 8, TOKENS]);
    const [q, k] = [npy(at('qkv/layer-02.q.npy')), npy(at('qkv/layer-02.k.npy'))];
    expect(q.shape).toEqual([8, TOKENS, 32]);
    expect(k.shape).toEqual([4, TOKENS, 32]);
    const head = 5;
    for (const row of [0, 1, 63, 64, 199]) {
      let sum = 0;
      for (let key = 0; key <= row; key += 1) {
        let dot = 0;
        for (let x = 0; x < 32; x += 1) {
          dot += (q.values[(head * TOKENS + row) * 32 + x] ?? 0) * (k.values[(Math.floor(head / 2) * TOKENS + key) * 32 + x] ?? 0);
        }
        sum += Math.exp(dot / Math.sqrt(32));
      }
      expect(lse.values[(2 * 8 + head) * TOKENS + row]).toBeCloseTo(Math.log(sum), 4);
    }
  });

  it('reads a text prompt with the tokenizer', async () => {
    const { status, answer } = await json(['prefill', '--model', model, '--prompt-file', PROMPT]);
    expect(status).toBe(0);
    expect(answer.rows).toBeGreaterThan(200);
  });

  it('sees the same head in a saved run and in a capture of it', async () => {
    const head = ['--layer', '1', '--head', '3'];
    const maps: { shape: number[]; values: Float32Array }[] = [];
    for (const source of [
      ['--run', at('run')],
      ['--capture', at('qkv')],
      ['--model', model, '--tokens', at('ids.json')],
    ]) {
      const { status } = await json(['map', ...source, ...head, '--out', at('map.npy')]);
      expect(status).toBe(0);
      maps.push(npy(at('map.npy')));
    }
    expect(maps[0]?.shape).toEqual([TOKENS, TOKENS]);
    for (const other of maps.slice(1)) {
      expect(Math.max(...other.values.map((cell, place) => Math.abs(cell - (maps[0]?.values[place] ?? 0))))).toBeLessThan(1e-5);
    }
    const row = maps[0]?.values.subarray(150 * TOKENS, 151 * TOKENS) ?? [];
    expect([...row].reduce((sum, cell) => sum + cell, 0)).toBeCloseTo(1, 4);
    const size = await json([
      'map',
      '--run',
      at('run'),
      ...head,
      '--rect',
      '100,200,0,200',
      '--size',
      '50x25',
      '--aggregate',
      'sum',
      '--out',
      at('sum.npy'),
    ]);
    expect(size.answer).toMatchObject({ shape: [25, 50], rect: [100, 200, 0, 200], aggregate: 'sum' });
    expect(npy(at('sum.npy')).values.reduce((sum, cell) => sum + cell, 0)).toBeCloseTo(100, 2);
    expect(await headscope(['map', '--run', at('run'), ...head, '--mask', P, '--out', at('map.png')])).toMatchObject({ status: 0 });
    expect([...readFileSync(at('map.png')).subarray(1, 4)].map((byte) => String.fromCharCode(byte)).join('')).toBe('PNG');
  });

  it('gives index, evaluation and surface in the words of the contract', async () => {
    const head = ['--run', at('run'), '--layer', '2', '--head', '6'];
    const index = (await json(['index', ...head, '--pattern', P])).answer;
    expect(index.columns.length).toBe(40);
    expect(index.distances.length).toBe(60);
    expect(index.columns).toEqual([...index.columns].sort((a: number, b: number) => a - b));
    expect(index.executedTiles.length).toBe(Math.ceil(TOKENS / 64));
    expect(index.compat).toBeUndefined();
    const compat = (await json(['index', ...head, '--pattern', P, '--compat'])).answer;
    expect(compat.compat.rows.length).toBe(Math.ceil(TOKENS / 64));
    expect(Object.keys(compat.compat.rows[3]).sort()).toEqual(['columns', 'ranges']);
    writeFileSync(at('p.json'), '{"kind":"block_sparse","blocks":2,"blockSize":32}');
    const blocks = (await json(['index', ...head, '--pattern', `@${at('p.json')}`, '--out', at('index.json')])).answer;
    expect(blocks.blockSize).toBe(32);
    expect(blocks.rows.length).toBe(Math.ceil(TOKENS / 32));
    expect(JSON.parse(readFileSync(at('index.json'), 'utf8')).rows).toEqual(blocks.rows);

    const found = (await json(['evaluate', ...head, '--pattern', P, '--from-row', '100'])).answer;
    expect(Object.keys(found.recall)).toEqual(['mean', 'min', 'last64', 'fromRow']);
    expect(found.recall.fromRow.row).toBe(100);
    expect(Object.keys(found.output)).toEqual(['relL2', 'maxAbs']);
    expect(Object.keys(found.density)).toEqual(['nominal', 'executed']);
    expect(found.index).toMatchObject({ columns: 40, distances: 60 });
    expect(found.elapsedMs).toBeGreaterThan(0);
    expect((await json(['evaluate', ...head, '--pattern', P])).answer.recall.fromRow).toBeNull();
    const clamped = await json(['evaluate', ...head, '--pattern', '{"kind":"a_shape","sink":0,"window":100000}']);
    expect(clamped.answer.recall.mean).toBeCloseTo(1, 5);
    expect(clamped.answer.notes.join(' ')).toContain('100000');

    await json(['surface', ...head, '--kind', 'vertical_slash', '--out', at('surface.json')]);
    const surface = JSON.parse(readFileSync(at('surface.json'), 'utf8'));
    expect(surface.axes.map(({ name }: { name: string }) => name)).toEqual(['verticals', 'slashes']);
    const [v, s] = surface.axes.map(({ edges }: { edges: number[] }) => edges);
    expect(v).toContain(30);
    expect(v).toContain(100);
    for (const table of ['recall', 'nominal', 'executed']) {
      expect(surface[table].length).toBe(v.length);
      expect(surface[table][0].length).toBe(s.length);
    }
    expect(surface.bands[0].rows[0]).toBe(0);
    expect(surface.bands.at(-1).rows[1]).toBe(TOKENS);
    expect(surface.recall.at(-1).at(-1)).toBeCloseTo(1, 5);
    await json(['surface', ...head, '--kind', 'block_sparse', '--out', at('surface.json')]);
    const flat = JSON.parse(readFileSync(at('surface.json'), 'utf8'));
    expect(flat.axes.length).toBe(1);
    expect(typeof flat.recall[0]).toBe('number');
  });

  it('searches, writes the config, and runs with it', async () => {
    writeFileSync(at('long.json'), JSON.stringify(Array.from({ length: 400 }, (_, i) => 3 + ((i * i * 11 + i * 13) % 2900))));
    const source = ['--model', model, '--tokens', at('long.json')];
    const { answer } = await json([
      'search',
      ...source,
      '--layers',
      '1-2',
      '--heads',
      '0,7',
      '--out',
      at('c.json'),
      '--scores',
      at('s.jsonl'),
    ]);
    expect(answer).toMatchObject({ heads: 4, scoredFrom: 200, rows: 400 });
    const lines = readFileSync(at('s.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ layer, head }) => [layer, head])).toEqual([
      [1, 0],
      [1, 7],
      [2, 0],
      [2, 7],
    ]);
    for (const { candidates, winner } of lines) {
      // 400 tokens fit nothing but the blocks.
      expect(candidates.length).toBe(1);
      expect(candidates[0].pattern).toEqual({ kind: 'block_sparse', blocks: 1, blockSize: 32 });
      expect(winner).toBe(0);
    }
    const config = JSON.parse(readFileSync(at('c.json'), 'utf8'));
    expect(config.heads[1][7].pattern).toEqual({ kind: 'block_sparse', blocks: 100, blockSize: 64 });
    expect(config.heads[0][0].pattern).toEqual({ kind: 'dense' });
    expect(await headscope(['export', at('c.json'), '--format', 'minference', '--out', at('m.json')])).toMatchObject({ status: 1 });
    expect(existsSync(at('m.json'))).toBe(false);
    const dense = ['--dense-as', '30,800'];
    expect(await headscope(['export', at('c.json'), '--format', 'minference', '--out', at('m.json'), ...dense])).toMatchObject({
      status: 0,
    });
    for (const patterns of ['c.json', 'm.json']) {
      const run = await json(['prefill', ...source, '--patterns', at(patterns), '--timings', '--always-sparse']);
      expect(run.status).toBe(0);
      expect(run.answer.timings[1].executedTiles.length).toBe(8);
    }
    const remapped = await json(['search', ...source, '--out', at('r.json'), '--remap', '--format', 'minference']);
    expect(remapped.status).toBe(0);
    const entries = JSON.parse(readFileSync(at('r.json'), 'utf8'));
    expect(entries.length).toBe(4);
    expect(entries[3]['7'].slice(0, 3)).toEqual(['vertical_and_slash', 1000, 6096]);
  });

  it('save a sparse run and open it again: its q and k are those of the sparse prefill', async () => {
    const config = workspace.write(
      'narrow.json',
      `[${Array.from({ length: 4 }, () => `{${Array.from({ length: 8 }, (_, head) => `"${head}": ["stream_llm", 2, 20, 0.5]`).join(', ')}}`).join(', ')}]`,
    );
    const args = ['prefill', '--model', model, '--tokens', at('ids.json'), '--patterns', config, '--always-sparse'];
    expect(await headscope([...args, '--save-run', at('sparse-run'), '--qkv', at('sparse-qkv')])).toMatchObject({ status: 0 });
    const place = ['--layer', '3', '--head', '4'];
    await headscope(['map', '--run', at('sparse-run'), ...place, '--out', at('a.npy')]);
    await headscope(['map', '--capture', at('sparse-qkv'), ...place, '--out', at('b.npy')]);
    await headscope(['map', '--run', at('run'), ...place, '--out', at('c.npy')]);
    const [sparse, captured, dense] = ['a.npy', 'b.npy', 'c.npy'].map((name) => npy(at(name)).values);
    const apart = (other: Float32Array | undefined) =>
      Math.max(...(sparse ?? []).map((cell, place) => Math.abs(cell - (other?.[place] ?? 9))));
    expect(apart(captured)).toBeLessThan(1e-6);
    expect(apart(dense)).toBeGreaterThan(1e-3);
  });

  it('warn of a prompt past the positions the model was trained for, and run it', async () => {
    cpSync(model, at('short-model'), { recursive: true });
    const config = JSON.parse(readFileSync(at('short-model/config.json'), 'utf8'));
    writeFileSync(at('short-model/config.json'), JSON.stringify({ ...config, max_position_embeddings: 150 }));
    const { status, err } = await headscope(['prefill', '--model', at('short-model'), '--tokens', at('ids.json')]);
    expect(status).toBe(0);
    expect(err).toMatch(/200 tokens, past the 150 positions/);
  });

  it('take ids where there is no tokenizer, and say what text would need', async () => {
    cpSync(model, at('no-tokenizer'), { recursive: true, filter: (path) => !path.endsWith('tokenizer.json') });
    workspace.write('word.txt', 'word');
    const text = await json(['prefill', '--model', at('no-tokenizer'), '--prompt-file', at('word.txt')]);
    expect(text).toMatchObject({ status: 1, answer: { error: { code: 'TOKENIZER_MISSING' } } });
    expect(await json(['prefill', '--model', at('no-tokenizer'), '--tokens', at('ids.json')])).toMatchObject({
      status: 0,
      answer: { rows: TOKENS },
    });
  });

  it('draws a bar on a terminal, JSON lines with --json, and nothing elsewhere', async () => {
    writeFileSync(at('longer.json'), JSON.stringify(Array.from({ length: 1500 }, (_, i) => 3 + ((i * 17) % 2900))));
    const args = ['prefill', '--model', model, '--tokens', at('longer.json')];
    expect((await headscope(args, { tty: true })).err).toMatch(/prefill [█░]{24} +\d+ %/);
    expect((await headscope(args)).err).toBe('');
    const lines = (await headscope([...args, '--json'])).err
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.every(({ progress }) => progress.task === 'prefill' && progress.done <= progress.total)).toBe(true);
  });

  it('stops when asked, cleans up, and says so with status 130', async () => {
    writeFileSync(at('huge.json'), JSON.stringify(Array.from({ length: 12000 }, (_, i) => 3 + ((i * 17) % 2900))));
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 300);
    const before = readdirSync(folder).sort();
    const args = ['search', '--model', model, '--tokens', at('huge.json'), '--out', at('never.json'), '--scores', at('never.jsonl')];
    const { status, out, err } = await headscope(args, { stop });
    expect(status).toBe(130);
    expect(out).toBe('');
    expect(err).toContain('interrupted');
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it('checks the machine', async () => {
    const { status, answer } = await json(['doctor']);
    expect(status).toBe(0);
    expect(answer.ok).toBe(true);
    expect(answer.checks.map(({ name }: { name: string }) => name)).toContain('native engine');
  });
});
