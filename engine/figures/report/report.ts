// The report: one HTML file that opens anywhere, without a network, in light, dark and on paper.
import { createHash } from 'node:crypto';
import { count, patternText, percent } from '../wording.ts';
import { atlasSection, headerSection, ms, numbersSection } from './atlas_section.ts';
import { html, Markup } from './html.ts';
import { mapsSection } from './maps_section.ts';
import type { ReportData } from './report_data.ts';
import { SCRIPT, STYLE } from './style.ts';
import { headsSection, prefillSection } from './tables_section.ts';

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** Nothing may be loaded from anywhere; the one style sheet and the one script are those written here. */
export function contentPolicy(): string {
  return [
    "default-src 'none'",
    'img-src data:',
    `style-src ${hashOf(STYLE)}`,
    `script-src ${hashOf(SCRIPT)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** The whole document. Pure: no clock, no files. */
export function renderReport(data: ReportData): string {
  const document = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${contentPolicy()}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${data.model.name}: attention heads, Headscope</title><style>${new Markup(STYLE)}</style></head>
<body><main>${headerSection(data)}${numbersSection(data)}${atlasSection(data)}${mapsSection(data)}${prefillSection(data)}${headsSection(data)}${methodSection(data)}</main>
<script>${new Markup(SCRIPT)}</script></body></html>
`;
  return document.text;
}

function methodSection({ search, model, prompt, files, commands, machine, build }: ReportData): Markup {
  return html`<section><h2>How this was measured</h2>
<dl class="kv">
<dt>Recall</dt><dd>the mean over rows of the attention mass a mask keeps, exp(LSE sparse − LSE dense) of a row. Missed mass is 100 % − recall.</dd>
<dt>Tiles</dt><dd>64×64 tiles that the kernel multiplies, as a share of the causal ones; a column outside every kept diagonal run costs 1/64 of a tile.</dd>
<dt>Rows scored</dt><dd>[${count(search.scoredFrom)}, ${count(search.rows)}) of one prompt, the worst row over all rows. Candidates: ${search.procedure}, token-exact masks. The config holds the winner as MInference’s kernels execute it, which is not quite what its search scores: they force the 100 nearest diagonals where the search forces 30, keep 800 diagonals of the 801 of A-shape, and use 100 blocks of 64 for block-sparse. Recall is of what is deployed, candidates are as scored.</dd>
<dt>Output error</dt><dd>|sparse − dense| / |dense| of the head’s output over all rows, Euclidean.</dd>
<dt>Exact</dt><dd>every number and every cell is computed from all query and key vectors of the dense prefill, in float32; nothing is sampled. A map’s cell is the largest probability in it.</dd>
<dt>Search</dt><dd>${ms(search.elapsedMs)} for ${count(model.layers * model.heads)} heads. ${search.notes.join(' ')}</dd>
<dt>Model</dt><dd><code>${model.hash}</code></dd>
<dt>Prompt</dt><dd><code>${prompt.hash}</code></dd>
<dt>Machine</dt><dd>${machine.device}, ${count(machine.threads)} threads, Headscope ${build}</dd>
${files.map(({ name, what }) => html`<dt><code>${name}</code></dt><dd>${what}</dd>`)}
</dl></section>
<section><h2>Again, by hand</h2><p>Each part of this report is one command, typed where the report was made.</p><pre>${commands}</pre></section>
<footer>Patterns and search: MInference 1.0 (arXiv 2407.02490). ${search.skipped.length === 0 ? '' : `Not searched: ${search.skipped.map(patternText).join('; ')}. `}Ramps break at ${percent(0.05, 0)} missed mass.</footer>`;
}
