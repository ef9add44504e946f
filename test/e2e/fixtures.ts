// A folder of the test's own with what a user would bring: a saved run, made by the command line, and files that are not what they seem.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './requirements.ts';

export interface Fixtures {
  /** Served with --models; the desktop opens what lies in it by path. */
  folder: string;
  /** Name of the saved run's folder below it. */
  runName: string;
  /** Paths of files that are to be refused, and what the refusal says. */
  wrong: { path: string; says: RegExp }[];
  remove(): Promise<void>;
}

/** A MInference config of 2 layers of 4 heads; the bundled model has 4 of 8. */
const SMALLER = Array.from({ length: 2 }, () =>
  Object.fromEntries([0, 1, 2, 3].map((head) => [head, ['vertical_and_slash', 100, 800, 1]])),
);

export async function makeFixtures(): Promise<Fixtures> {
  const folder = await mkdtemp(join(tmpdir(), 'headscope-e2e-'));
  const runName = 'saved-run';
  const model = join(root, 'assets', 'demo-model');
  const prompt = join(folder, 'saved.txt');
  await writeFile(prompt, (await readFile(join(root, 'assets', 'prompts', 'mixed.txt'), 'utf8')).slice(0, 4_000));
  const command = [join(root, 'out', 'cli', 'main.mjs'), 'prefill', '--model', model, '--prompt-file', prompt];
  await promisify(execFile)(process.execPath, [...command, '--save-run', join(folder, runName)]);
  const wrong = [
    { name: 'smaller.json', text: JSON.stringify(SMALLER), says: /2 layers of 4 heads; this run has 4 of 8/ },
    { name: 'truncated.json', text: '[{"0": ["vertical_and_slash", 100', says: /not valid JSON|JSON/ },
    { name: 'empty.txt', text: ' \n', says: /holds no text/ },
    { name: 'picture.txt', text: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe]), says: /not UTF-8 text/ },
  ].map(({ name, text, says }) => ({ path: join(folder, name), text, says }));
  for (const { path, text } of wrong) await writeFile(path, text);
  return { folder, runName, wrong, remove: () => rm(folder, { recursive: true, force: true }) };
}
