// The most telling heads, large, each with what to see in it.
import { axisTicks } from '../log_scale.ts';
import { pngDataUri } from '../png.ts';
import { count, headName, patternText, percent, powerOfTwo, recallText } from '../wording.ts';
import { html, type Markup, tokenMarkup } from './html.ts';
import type { ReportData, ReportMap } from './report_data.ts';

export function mapsSection({ maps, prompt }: ReportData): Markup {
  return html`<section><h2>The most telling heads</h2>
<p>Below the diagonal: attention, keys to the right, queries downwards, in grey where the head’s mask does not keep it. Above it, mirrored: the fraction of each cell that the mask keeps. Heads are chosen by the numbers in their captions, each head once.</p>
<div class="maps">${maps.map((map) => mapFigure(map, prompt.tokens))}</div></section>`;
}

function mapFigure(map: ReportMap, tokens: number): Markup {
  const ticks = axisTicks(0, tokens, 4);
  // The last tick is the end of the axis, so that the labels spread over the whole of it.
  const even = Array.from({ length: 5 }, (_, at) => Math.round((at * tokens) / 4));
  const labels = (ticks.length === 4 && tokens % 4 === 0 ? [...ticks, tokens] : even).map((token) => html`<span>${count(token)}</span>`);
  const name = headName(map.layer, map.head);
  const alt = `Attention of ${name} with its mask: ${map.sentence}`;
  return html`<figure><h3>${name} · ${map.title}</h3>
<div class="plot"><div class="key">${labels}</div><div class="query">${labels}</div><picture><source media="(prefers-color-scheme: dark)" srcset="${pngDataUri(map.dark)}"><img src="${pngDataUri(map.light)}" width="${map.light.width}" height="${map.light.height}" alt="${alt}"></picture></div>
<figcaption><p class="why">${map.sentence}${map.token ? html` It reads ${tokenMarkup(map.token.text)}.` : ''}</p>
${patternText(map.pattern)}: recall ${recallText(map.recall)}, missed <span class="miss">${percent(1 - map.recall)}</span>, tiles ${percent(map.density)}.
<div class="scale">Attention ${powerOfTwo(map.limits.low)} to ${powerOfTwo(map.limits.high)}, log scale. ${map.footprint}.</div></figcaption></figure>`;
}
