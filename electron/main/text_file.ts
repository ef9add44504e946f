// A text the user opens: bounded, UTF-8, or a sentence that says why not.
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { ShellText } from '../../engine/protocol/desktop.ts';
import { MAX_CONFIG_CHARS } from '../../engine/protocol/limits.ts';

const MAX_BYTES = MAX_CONFIG_CHARS;

/** Throws an Error with the sentence to show. */
export async function readText(path: string): Promise<ShellText> {
  const name = basename(path);
  const bytes = await readBounded(path, name);
  try {
    return { name, path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    throw new Error(`${name} is not UTF-8 text. Save it as UTF-8 and open it again.`);
  }
}

async function readBounded(path: string, name: string): Promise<Uint8Array> {
  let problem: string;
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size <= MAX_BYTES) return new Uint8Array(await handle.readFile());
      problem = `is ${(size / 2 ** 20).toFixed(0)} MiB; texts of up to ${MAX_BYTES / 2 ** 20} MiB are read`;
    } finally {
      await handle.close();
    }
  } catch (error) {
    problem = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  throw new Error(`${name} ${problem}.`);
}

/** The config named on a command line: the first argument after the program's own that is a path ending in .json. */
export function configArgument(processArguments: readonly string[]): string | null {
  return processArguments.find((argument) => !argument.startsWith('-') && /\.json$/i.test(argument)) ?? null;
}
