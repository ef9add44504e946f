// The corpus of every target, and so many damaged copies of it. HEADSCOPE_FUZZ_ROUNDS=100000 HEADSCOPE_FUZZ_SEED=2 searches longer; what it
// finds is written to the system's temporary folder, and belongs into corpus/ with its repair.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { Mutator } from './mutate.ts';
import { makeTargets, type Target } from './targets.ts';

const corpus = fileURLToPath(new URL('corpus', import.meta.url));
const ROUNDS = Number(process.env.HEADSCOPE_FUZZ_ROUNDS ?? 1000);
const SEED = Number(process.env.HEADSCOPE_FUZZ_SEED ?? 1);

/** 'read' or the code. Throws whatever else happens, with the bytes that made it happen kept in a file. */
function outcome(name: string, { codes, read }: Target, bytes: Uint8Array): string {
  try {
    read(bytes);
    return 'read';
  } catch (error) {
    if (error instanceof HeadscopeError && codes.includes(error.code)) return error.code;
    const kept = join(mkdtempSync(join(tmpdir(), 'headscope-fuzz-')), name);
    writeFileSync(kept, bytes);
    throw new Error(`${name} ended with ${String(error)}; its input is ${kept}`, { cause: error });
  }
}

describe.each(Object.entries(makeTargets()))('the reader of %s', (name, target) => {
  const files = readdirSync(join(corpus, name)).sort();
  const seeds = files.map((file) => new Uint8Array(readFileSync(join(corpus, name, file))));

  it.each(files.map((file, index) => [file, index] as const))('ends well or with a code on %s', (_file, index) => {
    const bytes = seeds[index];
    if (bytes === undefined) throw new Error('no such seed');
    expect(outcome(name, target, bytes)).toMatch(/^[a-zA-Z_]+$/);
  });

  it('reads some of its corpus and refuses some', () => {
    const seen = new Set(seeds.map((bytes) => outcome(name, target, bytes)));
    expect(seen).toContain('read');
    expect(seen.size).toBeGreaterThan(1);
  });

  it(`ends so on ${ROUNDS.toLocaleString('en')} damaged copies`, { timeout: 3_600_000 }, () => {
    const mutator = new Mutator(seeds, SEED);
    const counts = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round++) {
      const end = outcome(name, target, mutator.next());
      counts.set(end, (counts.get(end) ?? 0) + 1);
    }
    expect(counts.get('read') ?? 0, JSON.stringify([...counts])).toBeGreaterThan(0);
    expect(counts.size).toBeGreaterThan(1);
  });
});
