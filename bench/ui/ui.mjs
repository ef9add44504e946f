// The parts of the interface's benchmark, each with the engine it needs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Figures } from './figures.mjs';
import { benchGestures } from './gestures.mjs';
import { startSynthetic } from './hosts.mjs';

const LONG = { rows: 131_072, layers: 32, heads: 32 };
const SYNTHETIC_RUN = 'synthetic';
const REPEATS = 3;

/** Resolves with whether every target was met. */
export async function benchUi({ root, parts }) {
  const asked = new Map(parts.map((part) => part.split('=')));
  const wanted = (part) => asked.size === 0 || asked.has(part);
  const number = (part, otherwise) => Number(asked.get(part) ?? otherwise);
  const figures = new Figures();
  const problems = [];
  const folder = mkdtempSync(join(tmpdir(), 'headscope-bench-ui-'));
  try {
    if (wanted('gestures')) {
      const synthetic = await startSynthetic(root, LONG);
      try {
        problems.push(
          ...(await benchGestures({ url: synthetic.url, run: SYNTHETIC_RUN, label: '128K tokens', figures, repeats: number('gestures', REPEATS) })),
        );
      } finally {
        await synthetic.stop();
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  for (const problem of problems) process.stdout.write(`the page threw: ${problem}\n`);
  return figures.ok && problems.length === 0;
}
