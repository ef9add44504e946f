// The built parts in a folder of their own, where a session may change them: the interface, or what the example is.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './requirements.ts';

/** Some 2,000 tokens: a tenth of the work of the whole example, for sessions whose subject is not the picture. */
const SHORT_EXAMPLE_CHARS = 8_000;

export interface ProgramCopy {
  folder: string;
  remove(): void;
}

/** For startServer(). `shortExample`: what opens first is the beginning of the bundled prompt. */
export function copyProgram({ shortExample = false } = {}): ProgramCopy {
  const folder = mkdtempSync(join(tmpdir(), 'headscope-program-'));
  for (const part of ['cli', 'renderer']) cpSync(join(root, 'out', part), join(folder, 'out', part), { recursive: true });
  symlinkSync(join(root, 'build'), join(folder, 'build'));
  if (shortExample) {
    mkdirSync(join(folder, 'assets', 'prompts'), { recursive: true });
    // A link would lead out of the folders that are served.
    cpSync(join(root, 'assets', 'demo-model'), join(folder, 'assets', 'demo-model'), { recursive: true });
    const text = readFileSync(join(root, 'assets', 'prompts', 'mixed.txt'), 'utf8');
    writeFileSync(join(folder, 'assets', 'prompts', 'mixed.txt'), text.slice(0, SHORT_EXAMPLE_CHARS));
  } else {
    symlinkSync(join(root, 'assets'), join(folder, 'assets'));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
