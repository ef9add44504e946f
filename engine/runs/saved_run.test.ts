import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openCheckpoint } from '../checkpoint/checkpoint.ts';
import { readSafetensorsHeader } from '../checkpoint/safetensors.ts';
import { rejectedError, thrownError } from '../checkpoint/thrown_error.ts';
import { rewriteFile, seededRandom, temporaryFolder, writeModelFolder } from '../checkpoint/tiny_checkpoint.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { RunDescription } from './run_description.ts';
import { openSavedRun, requireRunOfModel } from './saved_run.ts';
import { SavedRunWriter } from './saved_run_writer.ts';

const LAYERS = 2;
const HEADS = 2;
const HIDDEN = 4;
const N = 5;
const description: RunDescription = {
  format: 'headscope-run',
  version: 1,
  model: {
    path: '/models/tiny',
    name: 'tiny',
    identity: 'sampled-sha256:ab',
    layers: LAYERS,
    heads: HEADS,
    hiddenSize: HIDDEN,
    vocabSize: 100,
  },
  n: N,
  prompt: { sha256: null, source: 'prompt.txt' },
  patterns: [
    [{ kind: 'dense' }, { kind: 'a_shape', sink: 1, window: 2 }],
    [{ kind: 'dense' }, { kind: 'block_sparse', blocks: 1, blockSize: 64 }],
  ],
  compat: false,
  engineBuild: '0.1.0',
  created: '2025-01-02T03:04:05.678Z',
  totalMs: 12.5,
  timings: Array.from({ length: LAYERS }, () => ({
    attentionMs: 1,
    linearMs: 2,
    indexMs: 0,
    otherMs: 0.5,
    executedTiles: [1, 1],
    causalTiles: 1,
    ranDense: [],
  })),
  has: { lse: true, overviews: true },
};
const tokens = Int32Array.of(1, 99, 0, 7, 8);
const filled = (count: number, from: number) => Float32Array.from({ length: count }, (_, i) => from + i / 1024);

async function save(
  folder: string,
  change: Partial<RunDescription> = {},
  options: Parameters<typeof SavedRunWriter.create>[3] = {},
): Promise<void> {
  const writer = await SavedRunWriter.create(folder, { ...description, ...change }, tokens, options);
  for (let layer = 0; layer <= LAYERS; layer++) {
    const input = filled(N * HIDDEN, layer);
    await writer.writeLayerInput(input.subarray(0, 7));
    await writer.writeLayerInput(input.subarray(7));
    if (layer === LAYERS) break;
    await writer.writeLse(filled(HEADS * N, -layer));
    await writer.writeOverviews(filled(HEADS * 65536, layer), filled(HEADS * 65536, -layer));
  }
  await writer.commit();
}
const bytesOf = (values: Float32Array | undefined) => Buffer.from(values?.buffer ?? new ArrayBuffer(0));
const fresh = () => join(temporaryFolder(), 'run');

describe('a saved run', () => {
  it('comes back as it was', async () => {
    const folder = fresh();
    await save(folder);
    expect(readdirSync(dirname(folder))).toEqual(['run']);
    expect(readdirSync(folder).sort()).toEqual([
      'layer-inputs.safetensors',
      'lse.safetensors',
      'overviews.safetensors',
      'run.json',
      'tokens.safetensors',
    ]);
    const run = openSavedRun(folder);
    expect(run.description).toEqual(description);
    expect(run.tokens).toEqual(tokens);
    expect(run.readLayerInput(2)).toEqual(filled(N * HIDDEN, 2));
    expect(run.readLse(1)).toEqual(filled(HEADS * N, -1));
    expect(bytesOf(run.readOverviews(1)?.sum).equals(bytesOf(filled(HEADS * 65536, 1)))).toBe(true);
    expect(bytesOf(run.readOverviews(1)?.max).equals(bytesOf(filled(HEADS * 65536, -1)))).toBe(true);
    expect(thrownError(() => run.readLayerInput(3)).code).toBe('INVALID_REQUEST');
    const header = readSafetensorsHeader(join(folder, 'layer-inputs.safetensors'));
    expect((8 + header.headerBytes) % 8).toBe(0);
  });

  it('may leave out the log-sum-exp and the overviews, or keep the overviews in half precision', async () => {
    const bare = fresh();
    await save(bare, { has: { lse: false, overviews: false } });
    expect(openSavedRun(bare).readLse(0)).toBeNull();
    expect(openSavedRun(bare).readOverviews(0)).toBeNull();
    const half = fresh();
    await save(half, {}, { overviewType: 'F16' });
    const sum = openSavedRun(half).readOverviews(1)?.sum ?? new Float32Array(0);
    expect(sum.length).toBe(HEADS * 65536);
    expect(sum.every((value, i) => Math.abs(value / (1 + i / 1024) - 1) < 5e-4)).toBe(true);
  });

  it('replaces an older run or an empty folder, and nothing else', async () => {
    const folder = fresh();
    await save(folder);
    await save(folder, { totalMs: 99 });
    expect(openSavedRun(folder).description.totalMs).toBe(99);
    expect(readdirSync(dirname(folder))).toEqual(['run']);
    const empty = temporaryFolder();
    await save(empty);
    expect(openSavedRun(empty).description.n).toBe(N);
    writeFileSync(join(folder, 'thesis.tex'), 'years of work');
    expect((await rejectedError(() => save(folder))).code).toBe('FILE_WRITE_FAILED');
    expect(readFileSync(join(folder, 'thesis.tex'), 'utf8')).toBe('years of work');
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect((await rejectedError(() => save(file))).code).toBe('FILE_WRITE_FAILED');
    const lookalike = temporaryFolder();
    writeFileSync(join(lookalike, 'run.json'), '{"format":"other"}');
    expect((await rejectedError(() => save(lookalike))).code).toBe('FILE_WRITE_FAILED');
    expect((await rejectedError(() => save(join(fresh(), 'deeper')))).code).toBe('FILE_WRITE_FAILED');
  });

  it('leaves nothing when it is discarded or incomplete', async () => {
    const folder = fresh();
    const discarded = await SavedRunWriter.create(folder, description, tokens);
    await discarded.writeLayerInput(filled(N * HIDDEN, 0));
    await discarded.discard();
    const short = await SavedRunWriter.create(folder, description, tokens);
    await short.writeLayerInput(filled(N * HIDDEN, 0));
    expect((await rejectedError(() => short.commit())).message).toContain('layer-01 is not complete');
    const over = await SavedRunWriter.create(folder, description, tokens);
    expect((await rejectedError(() => over.writeLayerInput(new Float32Array(N * HIDDEN + 1)))).code).toBe('INTERNAL');
    await over.discard();
    expect((await rejectedError(() => SavedRunWriter.create(folder, description, Int32Array.of(1)))).code).toBe('RUN_INVALID');
    expect(readdirSync(dirname(folder))).toEqual([]);
  });
});

describe('openSavedRun refuses', () => {
  it('what is not there and what is not whole', async () => {
    expect(thrownError(() => openSavedRun(fresh())).code).toBe('RUN_NOT_FOUND');
    expect(thrownError(() => openSavedRun(temporaryFolder()))).toMatchObject({
      code: 'RUN_INVALID',
      message: expect.stringContaining('run.json'),
    });
    const folder = fresh();
    await save(folder);
    truncateSync(join(folder, 'lse.safetensors'), 300);
    expect(thrownError(() => openSavedRun(folder))).toMatchObject({
      code: 'RUN_INVALID',
      message: expect.stringContaining('lse.safetensors'),
    });
    rmSync(join(folder, 'lse.safetensors'));
    expect(thrownError(() => openSavedRun(folder))).toMatchObject({
      code: 'RUN_INVALID',
      message: expect.stringContaining('lse.safetensors'),
    });
    mkdirSync(join(folder, 'lse.safetensors'));
    expect(thrownError(() => openSavedRun(folder)).code).toBe('FILE_UNREADABLE');
  });

  it.each([
    ['another n', { n: 6 }, 'shape [5]'],
    ['a newer version', { version: 2 }, 'version 2'],
    ['another format', { format: 'x' }, 'format'],
    ['more layers', { model: { ...description.model, layers: 3 }, patterns: null, timings: [] }, 'layer-03'],
    ['more heads', { model: { ...description.model, heads: 3 }, patterns: null, timings: [] }, 'run.json makes it [3, 5]'],
    ['a vocabulary that is smaller', { model: { ...description.model, vocabSize: 50 } }, 'outside the vocabulary'],
    ['patterns of other counts', { patterns: [[{ kind: 'dense' }]] }, 'patterns are not of'],
    ['timings of other counts', { timings: description.timings.slice(1) }, 'timings are not of'],
    ['a negative time', { totalMs: -1 }, 'totalMs'],
    ['an unknown key', { extra: 1 }, 'extra'],
  ])('%s', async (_name, change, message) => {
    const folder = fresh();
    await save(folder);
    writeFileSync(join(folder, 'run.json'), JSON.stringify({ ...description, ...change }));
    const error = thrownError(() => openSavedRun(folder));
    expect(error.code).toBe('RUN_INVALID');
    expect(error.message).toContain(message);
  });

  it('a run of another model', async () => {
    const checkpoint = openCheckpoint(writeModelFolder());
    const folder = fresh();
    await save(folder);
    expect(thrownError(() => requireRunOfModel(openSavedRun(folder), checkpoint))).toMatchObject({
      code: 'RUN_INVALID',
      message: expect.stringContaining('tiny'),
    });
    await save(folder, { model: { ...description.model, identity: checkpoint.identity } });
    requireRunOfModel(openSavedRun(folder), checkpoint);
  });

  it('2,000 mutations of run.json and of a header, with a code or not at all', async () => {
    const folder = fresh();
    await save(folder, { has: { lse: true, overviews: false } });
    const random = seededRandom(17);
    const targets = ['run.json', 'layer-inputs.safetensors', 'tokens.safetensors'].map((name) => ({
      path: join(folder, name),
      seed: readFileSync(join(folder, name)),
    }));
    let opened = 0;
    for (let round = 0; round < 2000; round++) {
      const target = targets[round % targets.length];
      if (target === undefined) continue;
      const bytes = Uint8Array.from(target.seed);
      const header = target.path.endsWith('.json') ? bytes.length : 8 + Number(target.seed.readBigUInt64LE(0));
      for (let edit = 0; edit <= random() * 2; edit++)
        bytes[Math.floor(random() * header)] = random() < 0.1 ? Math.floor(random() * 256) : 0x20 + Math.floor(random() * 95);
      rewriteFile(target.path, random() < 0.05 ? bytes.subarray(0, Math.floor(random() * bytes.length)) : bytes);
      try {
        openSavedRun(folder).readLayerInput(0);
        opened++;
      } catch (error) {
        if (!(error instanceof HeadscopeError)) throw error;
        expect(error.code).toBe('RUN_INVALID');
      }
      rewriteFile(target.path, target.seed);
    }
    expect(opened).toBeGreaterThan(20);
    expect(opened).toBeLessThan(1500);
  });
});
