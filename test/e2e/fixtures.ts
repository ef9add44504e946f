// A folder of the test's own with what a user would bring: a saved run, made by the command line.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './requirements.ts';

export interface Fixtures {
  /** Served with --models; the desktop opens what lies in it by path. */
  folder: string;
  /** Name of the saved run's folder below it. */
  runName: string;
  remove(): Promise<void>;
}

export async function makeFixtures(): Promise<Fixtures> {
  const folder = await mkdtemp(join(tmpdir(), 'headscope-e2e-'));
  const runName = 'copy-run';
  const model = join(root, 'assets', 'demo-model');
  const prompt = join(root, 'assets', 'prompts', 'copy.txt');
  const command = [join(root, 'out', 'cli', 'main.mjs'), 'prefill', '--model', model, '--prompt-file', prompt];
  await promisify(execFile)(process.execPath, [...command, '--save-run', join(folder, runName)]);
  return { folder, runName, remove: () => rm(folder, { recursive: true, force: true }) };
}
