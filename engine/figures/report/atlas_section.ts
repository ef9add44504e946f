// The head of the report: what was run, the six numbers, and the atlas.
import { meanMissed } from '../atlas_figure.ts';
import { MISSED_LIMIT, MISSED_TARGET } from '../colour_maps.ts';
import { GLYPH_GRID, glyphPath } from '../glyphs.ts';
import { count, headName, KIND_NAMES, patternText, percent, recallText } from '../wording.ts';
import { html, type Markup, tokenMarkup } from './html.ts';
import type { ReportData, ReportPrefill } from './report_data.ts';
import { MISSED_CLASSES, missedClass, missedOfClass } from './style.ts';

export const attentionMs = ({ layers }: ReportPrefill) => layers.reduce((sum, layer) => sum + layer.attentionMs + layer.indexMs, 0);
export const tilesShare = ({ layers }: ReportPrefill) =>
  layers.reduce((sum, layer) => sum + layer.executedTiles, 0) / layers.reduce((sum, layer) => sum + layer.causalTiles, 0);
export const ms = (value: number) => (value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(value < 100 ? 2 : 0)} ms`);
const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

export function headerSection({ model, prompt, machine, build, created }: ReportData): Markup {
  return html`<header>
<div class="mark">Headscope ${build} · ${created.slice(0, 16).replace('T', ' ')} UTC</div>
<h1>${model.name}</h1>
<p class="facts">${count(model.layers)} layers, ${count(model.heads)} heads over ${count(model.kvHeads)} key-value heads, head dimension ${count(model.headDim)}, ${(model.parameters / 1e6).toFixed(2)} M parameters (${model.weights}). Prompt ${prompt.name}, ${count(prompt.tokens)} tokens. ${machine.device}, ${count(machine.threads)} threads.</p>
<p class="facts">The prompt ends in ${tokenMarkup(prompt.ending)}</p>
</header>`;
}

export function numbersSection({ heads, asFound, wherePays, dense, logits, search }: ReportData): Markup {
  const below = heads.filter(({ recall }) => 1 - recall.scored > MISSED_TARGET).length;
  const worst = heads.reduce((a, b) => (b.recall.scored < a.recall.scored ? b : a));
  const same = logits.dense.id === logits.sparse.id;
  return html`<section class="strip"><dl class="numbers">
<div><dt>Mean recall</dt><dd>${recallText(mean(heads.map(({ recall }) => recall.scored)))}</dd><small>rows ≥ ${count(search.scoredFrom)}, ${heads.length} heads</small></div>
<div><dt>Worst head</dt><dd>${headName(worst.layer, worst.head)}</dd><small>recall ${recallText(worst.recall.scored)}</small></div>
<div><dt>Above ${percent(MISSED_TARGET, 0)} missed</dt><dd class="miss">${below}</dd><small>of ${heads.length} heads</small></div>
<div><dt>Tiles multiplied</dt><dd>${percent(tilesShare(asFound))}</dd><small>of the causal 64×64 tiles</small></div>
<div><dt>Attention, as found</dt><dd>${ms(attentionMs(asFound))}</dd><small>dense ${ms(attentionMs(dense))}, where it pays ${ms(attentionMs(wherePays))}</small></div>
<div><dt>Next token</dt><dd>${same ? 'same' : 'differs'}</dd><small>logits differ by at most ${logits.maxAbs.toPrecision(3)}</small></div>
</dl></section>`;
}

export function atlasSection(data: ReportData): Markup {
  const { model, heads, search } = data;
  const cell = Math.max(14, Math.min(44, Math.floor(720 / model.heads)));
  const [left, top, bars] = [40, 24, 180];
  const width = Math.max(left + model.heads * cell + bars, 840);
  const height = top + model.layers * cell + 40;
  const every = Math.ceil(40 / cell);
  const kinds = new Map<string, number>();
  for (const { pattern } of heads) kinds.set(pattern.kind, (kinds.get(pattern.kind) ?? 0) + 1);

  const cells = heads.map((head) => {
    const missed = 1 - head.recall.scored;
    const label = `${headName(head.layer, head.head)}, ${patternText(head.pattern)}, recall ${recallText(head.recall.scored)}, missed ${percent(missed)}, tiles ${percent(head.density)}`;
    const [x, y] = [left + head.head * cell, top + head.layer * cell];
    const glyph = Math.min(18, cell * 0.46);
    const inset = (cell - glyph) / 2;
    const quiet = head.pattern.kind === 'vertical_slash' ? ' quiet' : '';
    return html`<a href="#h-${head.layer}-${head.head}" class="${missedClass(missed)}"><title>${label}</title><rect class="cell ${missedClass(missed)}" x="${x + 0.5}" y="${y + 0.5}" width="${cell - 2}" height="${cell - 2}" rx="2"/><path class="glyph${quiet}" transform="translate(${x + inset - 0.5} ${y + inset - 0.5}) scale(${glyph / GLYPH_GRID})" d="${glyphPath(head.pattern.kind)}"/></a>`;
  });
  const headLabels = Array.from({ length: Math.ceil(model.heads / every) }, (_, at) => at * every).map(
    (head) => html`<text x="${left + (head + 0.5) * cell}" y="14" text-anchor="middle">${head === 0 ? 'H0' : head}</text>`,
  );
  const means = Array.from({ length: model.layers }, (_, layer) =>
    meanMissed(heads.filter((head) => head.layer === layer).map((head) => ({ ...head, missed: 1 - head.recall.scored }))),
  );
  const longest = Math.max(MISSED_TARGET, ...means.map((value) => value ?? 0));
  const rows = means.map((value, layer) => {
    const middle = top + (layer + 0.5) * cell;
    const bar = ((value ?? 0) / longest) * 100;
    const from = left + model.heads * cell + 16;
    return html`<text x="${left - 8}" y="${middle + 4}" text-anchor="end">L${layer}</text>${
      value === undefined
        ? ''
        : html`<rect class="bar" x="${from}" y="${middle - 5}" width="${bar.toFixed(1)}" height="10"/><text x="${from + bar + 6}" y="${middle + 4}">${percent(value)}</text>`
    }`;
  });
  return html`<section><h2>Atlas</h2>
<p>Every head’s missed mass (100 % − recall) under the pattern that the search found for it, over rows ≥ ${count(search.scoredFrom)} of this prompt. A cell leads to its row in the table below.</p>
<svg class="atlas" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="Missed mass by layer and head">${headLabels}<text x="${left + model.heads * cell + 16}" y="14">Layer mean</text>${cells}${rows}${legend(left, height - 18, kinds)}</svg></section>`;
}

function legend(left: number, y: number, kinds: Map<string, number>): Markup {
  const step = 4;
  const at = left + 84;
  const swatches = Array.from(
    { length: MISSED_CLASSES },
    (_, place) => html`<rect class="m${place}" x="${at + place * step}" y="${y}" width="${step + 0.2}" height="9"/>`,
  );
  const mark = at + Math.sqrt(MISSED_TARGET / MISSED_LIMIT) * (MISSED_CLASSES - 1) * step;
  let x = at + MISSED_CLASSES * step + 150;
  const names = (['vertical_slash', 'a_shape', 'block_sparse', 'dense'] as const).flatMap((kind) => {
    const number = kinds.get(kind) ?? 0;
    if (number === 0) return [];
    const from = x;
    x += 34 + 7 * KIND_NAMES[kind].length;
    return [
      html`<path class="glyph" transform="translate(${from} ${y - 1})" d="${glyphPath(kind)}"/><text x="${from + 16}" y="${y + 9}">${KIND_NAMES[kind]} ${number}</text>`,
    ];
  });
  return html`<text x="${left}" y="${y + 9}">Missed mass 0</text>${swatches}<rect class="edge" x="${at}" y="${y}" width="${MISSED_CLASSES * step}" height="9"/><path class="tick" d="M${mark} ${y - 3}v15"/><text x="${at + MISSED_CLASSES * step + 6}" y="${y + 9}">${percent(missedOfClass(MISSED_CLASSES - 1), 0)}, mark: target ${percent(MISSED_TARGET, 0)}</text>${names}`;
}
