// The demo's last words on a terminal.
import { attentionMs, tilesShare } from '../../../figures/report/atlas_section.ts';
import type { ReportData } from '../../../figures/report/report_data.ts';
import { speedVerdict } from '../../../figures/report/tables_section.ts';
import { count, headName, patternText, percent, recallText } from '../../../figures/wording.ts';
import type { Result } from '../../../protocol/methods.ts';
import { millisecondsText, textTable } from '../text_table.ts';

export function summary(data: ReportData, winners: Result<'search.run'>['winners'], elapsedMs: number, report: string): string {
  const { heads, dense, asFound, wherePays, logits, search, maps } = data;
  const worst = heads.reduce((a, b) => (b.recall.scored < a.recall.scored ? b : a));
  const prefills = (
    [
      ['dense', dense],
      ['every pattern as found', asFound],
      ['dense where that is faster', wherePays],
    ] as const
  ).map(([name, run]) => [name, millisecondsText(attentionMs(run)), percent(tilesShare(run)), millisecondsText(run.totalMs)]);
  const same = logits.dense.id === logits.sparse.id;
  return [
    '',
    textTable([['candidate', 'heads won'], ...winners.map(({ pattern, heads: won }) => [patternText(pattern), count(won)])]),
    '',
    textTable([['prefill', 'attention', 'tiles', 'whole'], ...prefills]),
    speedVerdict(data),
    `Last token: ${same ? 'the same' : 'another'} most likely token, logits differ by at most ${logits.maxAbs.toPrecision(3)}, KL ${logits.kl.toExponential(1)} nats.`,
    '',
    `Recall, rows ${count(search.scoredFrom)} to ${count(search.rows)}: mean ${recallText(heads.reduce((sum, head) => sum + head.recall.scored, 0) / heads.length)}, worst ${recallText(worst.recall.scored)} (${headName(worst.layer, worst.head)}).`,
    ...maps.map(({ layer, head, title, sentence }) => `  ${headName(layer, head)}  ${title}: ${sentence}`),
    '',
    `${(elapsedMs / 1000).toFixed(1)} s. Open ${report}`,
  ].join('\n');
}
