// The parts of the interface's benchmark, each with the engine it needs.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchAtlas } from './atlas.mjs';
import { graphicsMode } from './browser.mjs';
import { benchBudgets } from './budgets.mjs';
import { benchBundle } from './bundle.mjs';
import { Figures } from './figures.mjs';
import { benchGestures } from './gestures.mjs';
import { benchHeads } from './heads.mjs';
import { startServed, startSynthetic } from './hosts.mjs';
import { benchMemory, SESSION_SECONDS } from './memory.mjs';

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
  process.stdout.write(`software graphics: ${graphicsMode()}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'headscope-bench-ui-'));
  try {
    if (wanted('bundle')) problems.push(...benchBundle({ root, figures }));
    if (wanted('heads') || wanted('budgets')) {
      const served = await startServed(root, folder);
      try {
        if (wanted('heads')) problems.push(...(await benchHeads({ url: served.url, figures })));
        if (wanted('budgets')) problems.push(...(await benchBudgets({ url: served.url, figures })));
      } finally {
        await served.stop();
      }
    }
    if (wanted('atlas') || wanted('gestures') || wanted('memory')) {
      const synthetic = await startSynthetic(root, LONG);
      const common = { url: synthetic.url, run: SYNTHETIC_RUN, figures };
      try {
        if (wanted('atlas')) problems.push(...(await benchAtlas(common)));
        if (wanted('gestures'))
          problems.push(...(await benchGestures({ ...common, label: '128K tokens', repeats: number('gestures', REPEATS) })));
        if (wanted('memory')) problems.push(...(await benchMemory({ ...common, seconds: number('memory', SESSION_SECONDS) })));
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
