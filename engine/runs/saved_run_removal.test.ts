import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectedError } from '../checkpoint/thrown_error.ts';
import { temporaryFolder } from '../checkpoint/tiny_checkpoint.ts';
import { inspectRunFolder, removeSavedRun } from './saved_run_removal.ts';
import { SavedRunWriter } from './saved_run_writer.ts';

/** A run of one layer and two tokens, as the writer leaves it, in a folder of its own beside a file of somebody's. */
async function savedRun(): Promise<{ beside: string; run: string }> {
  const beside = temporaryFolder();
  writeFileSync(join(beside, 'paper.tex'), 'mine');
  const run = join(beside, 'a run');
  const writer = await SavedRunWriter.create(
    run,
    {
      format: 'headscope-run',
      version: 1,
      model: { path: '/models/tiny', name: 'tiny', identity: 'x', layers: 1, heads: 1, hiddenSize: 2, vocabSize: 9 },
      n: 2,
      prompt: { sha256: null, source: null },
      patterns: null,
      compat: false,
      engineBuild: '0.1.0',
      created: '2025-01-02T03:04:05.678Z',
      totalMs: 1,
      timings: [],
      has: { lse: false, overviews: false },
    },
    Int32Array.of(1, 2),
  );
  for (let layer = 0; layer <= 1; layer += 1) await writer.writeLayerInput(new Float32Array(4));
  await writer.commit();
  return { beside, run };
}

describe('a saved run', () => {
  it('is deleted with its folder and nothing beside it', async () => {
    const { beside, run } = await savedRun();
    const { files, description } = await inspectRunFolder(run);
    expect(files.map(({ name }) => name)).toEqual(['layer-inputs.safetensors', 'run.json', 'tokens.safetensors']);
    expect(description.model.name).toBe('tiny');
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    expect(bytes).toBeGreaterThan(100);
    expect(await removeSavedRun(run)).toEqual({ path: run, bytes });
    expect(readdirSync(beside)).toEqual(['paper.tex']);
  });

  it('that is not there is said to be gone', async () => {
    const { run } = await savedRun();
    expect(await rejectedError(() => removeSavedRun(`${run}-2`))).toMatchObject({ code: 'RUN_NOT_FOUND' });
  });
});

describe('nothing is deleted of', () => {
  const untouched = async (change: (run: string, beside: string) => string | undefined, why: RegExp) => {
    const { beside, run } = await savedRun();
    const asked = change(run, beside) ?? run;
    const before = readdirSync(run);
    const error = await rejectedError(() => removeSavedRun(asked));
    expect(error).toMatchObject({ code: 'RUN_INVALID' });
    expect(String(error)).toMatch(why);
    expect(readdirSync(run)).toEqual(before);
    expect(readFileSync(join(beside, 'paper.tex'), 'utf8')).toBe('mine');
  };

  it('a folder that also holds a file of the user’s', () =>
    untouched((run) => void writeFileSync(join(run, 'notes.md'), 'x'), /notes\.md, which is not of a saved run; nothing was deleted/));

  it('a folder with a run’s name for a link or a folder in it', () =>
    untouched((run, beside) => {
      symlinkSync(join(beside, 'paper.tex'), join(run, 'lse.safetensors'));
    }, /lse\.safetensors/));

  it('a folder with another one in it', () => untouched((run) => void mkdirSync(join(run, 'overviews.safetensors')), /overviews/));

  it('a link to a run', () =>
    untouched((run, beside) => {
      symlinkSync(run, join(beside, 'link'));
      return join(beside, 'link');
    }, /is a link/));

  it('a file', () => untouched((_, beside) => join(beside, 'paper.tex'), /is not a folder/));

  it('a folder without run.json', () => untouched((_, beside) => beside, /is not a saved run/));

  it('a folder whose run.json is of something else', () =>
    untouched((run) => void writeFileSync(join(run, 'run.json'), '{"format":"other"}'), /run\.json is not a run's/));

  it('a copy elsewhere', async () => {
    const { beside, run } = await savedRun();
    cpSync(run, join(beside, 'copy'), { recursive: true });
    await removeSavedRun(run);
    expect(existsSync(join(beside, 'copy', 'run.json'))).toBe(true);
  });
});
