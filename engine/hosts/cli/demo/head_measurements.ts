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

export async function measureHeads(
  client: Client,
  run: RunInfo,
  scores: readonly HeadScores[],
  scoredFrom: number,
  threads: { threads?: number },
  signal: AbortSignal,
  onProgress: (progress: Progress) => void,
): Promise<MeasuredHead[]> {
  const measured: MeasuredHead[] = [];
  const { ids } = await client.call('run.tokens', { runId: run.runId, begin: 0, end: run.rows }, { signal });
  for (const found of scores) {
    const { layer, head, deployed, candidates, winner } = found;
    const place = { runId: run.runId, layer, head, ...threads };
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
        origin: 'searched',
        recall: { scored, all: figures.recall.mean, worst: figures.recall.min },
        density: figures.density.executed,
        outputError: figures.output.relL2,
        candidates,
        winner,
      },
      features: headFeatures({ layer, head, missed: 1 - scored, density: figures.density.executed }, ids, columns, distances, lastRow),
    });
  }
  onProgress({ done: scores.length, total: scores.length, unit: 'head', note: '' });
  return measured;
}
