// Dense against sparse, layer by layer, and every head with its candidates.
import { glyphPath } from '../glyphs.ts';
import { budgetText, count, headName, minus, patternText, percent, recallText, SHORT_KIND_NAMES } from '../wording.ts';
import { attentionMs, ms, tilesShare } from './atlas_section.ts';
import { html, type Markup, tokenMarkup } from './html.ts';
import type { ReportData, ReportHead, ReportPrefill, ReportToken } from './report_data.ts';

const sum = ({ layers }: ReportPrefill, what: 'attentionMs' | 'indexMs' | 'ranDense') =>
  layers.reduce((total, layer) => total + layer[what], 0);
const tokenText = (token: ReportToken) => html`${tokenMarkup(token.text)} at ${percent(token.probability)}`;

/** One sentence that says which way was faster, either way. */
export function speedVerdict({ dense, asFound, wherePays }: Pick<ReportData, 'dense' | 'asFound' | 'wherePays'>): string {
  const [d, s, w] = [attentionMs(dense), attentionMs(asFound), attentionMs(wherePays)];
  const compare = (time: number) =>
    time < d ? `${(d / time).toFixed(2)}× faster than dense` : `${(time / d).toFixed(2)}× slower than dense`;
  const ranDense = sum(wherePays, 'ranDense');
  return (
    `Attention with every pattern as found took ${ms(s)} (estimating and index included), ${compare(s)} (${ms(d)}), for ${percent(tilesShare(asFound))} of its tiles. ` +
    `Where a pattern does not pay the engine runs the head densely: ${ranDense === 0 ? 'no head was' : `${ranDense === 1 ? 'one head was' : `${count(ranDense)} heads were`}, and attention took ${ms(w)}, ${compare(w)}`}.`
  );
}

export function prefillSection(data: ReportData): Markup {
  const { dense, asFound, wherePays, logits } = data;
  const rows = dense.layers.map((layer, at) => {
    const found = asFound.layers[at];
    const paying = wherePays.layers[at];
    if (!found || !paying) return '';
    return html`<tr><td>L${at}</td><td>${layer.attentionMs.toFixed(1)}</td><td>${found.attentionMs.toFixed(1)}</td><td>${found.indexMs.toFixed(1)}</td><td>${percent(found.executedTiles / found.causalTiles)}</td><td>${paying.attentionMs.toFixed(1)}</td><td>${paying.indexMs.toFixed(1)}</td><td>${paying.ranDense}</td><td>${layer.linearMs.toFixed(1)}</td></tr>`;
  });
  return html`<section><h2>Prefill, dense and sparse</h2>
<p class="verdict">${speedVerdict(data)}</p>
<p>Sparse attention pays with length: at a few thousand tokens the released budgets cover much of the causal area, and both runs share everything but attention. One run each, so read the times as ±10 %.</p>
<div class="scroll"><table><thead><tr><th>Layer</th><th>Dense, ms</th><th>As found, ms</th><th>Index, ms</th><th>Tiles</th><th>Where it pays, ms</th><th>Index, ms</th><th>Heads run dense</th><th>Linear, ms</th></tr></thead><tbody>${rows}</tbody>
<tfoot><tr><td>All</td><td>${sum(dense, 'attentionMs').toFixed(1)}</td><td>${sum(asFound, 'attentionMs').toFixed(1)}</td><td>${sum(asFound, 'indexMs').toFixed(1)}</td><td>${percent(tilesShare(asFound))}</td><td>${sum(wherePays, 'attentionMs').toFixed(1)}</td><td>${sum(wherePays, 'indexMs').toFixed(1)}</td><td>${sum(wherePays, 'ranDense')}</td><td>${dense.layers.reduce((total, layer) => total + layer.linearMs, 0).toFixed(1)}</td></tr></tfoot></table></div>
<dl class="kv"><dt>Last token’s logits</dt><dd>largest difference ${logits.maxAbs.toPrecision(3)}, KL divergence ${minus(logits.kl.toExponential(2))} nats</dd>
<dt>Most likely next token</dt><dd>dense ${tokenText(logits.dense)}, as found ${tokenText(logits.sparse)}: ${logits.dense.id === logits.sparse.id ? 'the same' : 'not the same'}</dd>
<dt>Whole prefill</dt><dd>dense ${ms(dense.totalMs)}, as found ${ms(asFound.totalMs)}, where it pays ${ms(wherePays.totalMs)}</dd></dl></section>`;
}

export function headsSection({ heads, search }: ReportData): Markup {
  const candidates = heads[0]?.candidates.map(({ pattern }) => pattern) ?? [];
  const headings = candidates.map((pattern) => html`<th>${SHORT_KIND_NAMES[pattern.kind]}<br>${budgetText(pattern)}</th>`);
  const skipped =
    search.skipped.length === 0
      ? ''
      : html`<p class="note">Candidates that do not fit a prompt of ${count(search.rows)} tokens were left out: ${search.skipped.map(patternText).join('; ')}.</p>`;
  return html`<section><h2>Heads</h2>
<p>Each head’s pattern in the exported config and what it was measured to keep; then every candidate of the search with its recall and, small, the share of tiles it multiplies. The winner is marked. A heading sorts by its column.</p>${skipped}
<div class="scroll"><table data-sort><thead><tr><th>Head</th><th class="left">Pattern</th><th class="left">Origin</th><th>Recall</th><th>Missed</th><th>Worst<br>row</th><th>Tiles</th><th>Output<br>error</th>${headings}</tr></thead><tbody>${heads.map(headRow)}</tbody></table></div></section>`;
}

function headRow({ layer, head, pattern, origin, recall, density, outputError, candidates, winner }: ReportHead): Markup {
  const cells = candidates.map(
    (candidate, at) =>
      html`<td data-v="${candidate.recall}"${at === winner ? html` class="won"` : ''}>${recallText(candidate.recall)}<small>${percent(candidate.density, 0)}</small></td>`,
  );
  return html`<tr id="h-${layer}-${head}"><td data-v="${layer * 10_000 + head}">${headName(layer, head)}</td><td class="left"><svg class="glyph-inline" viewBox="0 0 12 12" aria-hidden="true"><path d="${glyphPath(pattern.kind)}"/></svg>${SHORT_KIND_NAMES[pattern.kind]} ${budgetText(pattern)}</td><td class="left">${origin}</td><td data-v="${recall.scored}">${recallText(recall.scored)}</td><td class="miss" data-v="${1 - recall.scored}">${percent(1 - recall.scored)}</td><td data-v="${recall.worst}">${recallText(recall.worst)}</td><td data-v="${density}">${percent(density)}</td><td data-v="${outputError ?? -1}">${outputError === null ? '' : percent(outputError)}</td>${cells}</tr>`;
}
