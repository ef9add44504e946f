// Every head under the pattern that the search found for it: what it keeps, what it costs, and what makes it worth a picture.

import type { ReportHead } from '../../../figures/report/report_data.ts';
import { type HeadFeatures, headFeatures } from '../../../figures/telling_heads.ts';
import type { Client } from '../../../protocol/client.ts';
import type { Progress } from '../../../protocol/envelope.ts';
import type { HeadScores, RunInfo } from '../../../protocol/records.ts';
import { profiles, rowCells } from '../head_cells.ts';

export interface MeasuredHead {
  report: ReportHead;
  features: HeadFeatures;
}

/** How the winning candidate is called beside the pattern that is deployed for it. */
function originOf({ candidates, winner }: HeadScores): string {
  const won = candidates[winner]?.pattern;
  switch (won?.kind) {
    case 'a_shape':
      return `A-shape ${won.sink}, ${won.window} distances`;
    case 'vertical_slash':
      return `${won.verticals} columns, ${won.slashes} distances`;
    case 'block_sparse':
      return `${won.blocks} blocks of ${won.blockSize}`;
    default:
      return 'dense';
  }
}

export async function measureHeads(
  client: Client,
  run: RunInfo,
  scores: readonly HeadScores[],
  scoredFrom: number,
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<MeasuredHead[]> {
  const measured: MeasuredHead[] = [];
  for (const found of scores) {
    const { layer, head, deployed, candidates, winner } = found;
    const place = { runId: run.runId, layer, head };
    onProgress({ done: measured.length, total: scores.length, unit: 'head', note: `layer ${layer}, head ${head}` });
    const figures = await client.call('pattern.evaluate', { ...place, pattern: deployed, fromRow: scoredFrom }, { signal });
    const scored = figures.recall.fromRow?.mean ?? figures.recall.mean;
    const { columns, distances } = await profiles(client, place, run.rows, signal);
    const lastRow = await rowCells(client, place, run.rows - 1, signal);
    measured.push({
      report: {
        layer,
        head,
        pattern: deployed,
        origin: originOf(found),
        recall: { scored, all: figures.recall.mean, worst: figures.recall.min },
        density: figures.density.executed,
        outputError: figures.output.relL2,
        candidates,
        winner,
      },
      features: headFeatures({ layer, head, missed: 1 - scored, density: figures.density.executed }, columns, distances, lastRow),
    });
  }
  onProgress({ done: scores.length, total: scores.length, unit: 'head', note: '' });
  return measured;
}
