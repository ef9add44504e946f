import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Raster } from '../raster.ts';
import { html, tokenMarkup } from './html.ts';
import { contentPolicy, renderReport } from './report.ts';
import type { ReportData, ReportPrefill } from './report_data.ts';
import { MISSED_CLASSES, missedClass, missedOfClass } from './style.ts';
import { speedVerdict } from './tables_section.ts';

const HOSTILE = `</script><img src=x onerror="alert(1)">'&\u202e\u0000`;
const prefill = (attentionMs: number, ranDense = 0): ReportPrefill => ({
  totalMs: 2 * attentionMs,
  layers: [{ attentionMs, linearMs: 3, indexMs: 0, otherMs: 1, executedTiles: 30, causalTiles: 40, ranDense }],
});
const pattern = { kind: 'vertical_slash', verticals: 30, slashes: 800 } as const;
const data: ReportData = {
  build: '0.0.0',
  created: '2025-01-02T03:04:05.000Z',
  model: { name: HOSTILE, hash: HOSTILE, parameters: 1e6, weights: 'f32', layers: 1, heads: 2, kvHeads: 1, headDim: 8 },
  prompt: { name: HOSTILE, hash: 'abc', tokens: 4000, ending: HOSTILE },
  machine: { device: HOSTILE, threads: 2 },
  dense: prefill(100),
  asFound: prefill(80),
  wherePays: prefill(60, 1),
  logits: { maxAbs: 0.1, kl: 1e-6, dense: { id: 1, text: HOSTILE, probability: 0.5 }, sparse: { id: 2, text: HOSTILE, probability: 0.5 } },
  search: { procedure: HOSTILE, scoredFrom: 2500, rows: 4000, skipped: [pattern], notes: [HOSTILE], elapsedMs: 5 },
  heads: [0, 1].map((head) => ({
    layer: 0,
    head,
    pattern,
    origin: HOSTILE,
    recall: { scored: 0.9 - head / 10, all: 0.9, worst: 0.5 },
    density: 0.4,
    outputError: head === 0 ? 0.01 : null,
    candidates: [
      { pattern, recall: 0.9, density: 0.4 },
      { pattern: { kind: 'a_shape', sink: 100, window: 801 }, recall: 0.7, density: 0.2 },
    ],
    winner: 0,
  })),
  maps: [
    {
      layer: 0,
      head: 1,
      title: HOSTILE,
      sentence: HOSTILE,
      token: { position: 7, text: HOSTILE },
      pattern,
      recall: 0.8,
      density: 0.4,
      light: new Raster(4, 4, [255, 255, 255]),
      dark: new Raster(4, 4, [0, 0, 0]),
      limits: { low: -12, high: 0 },
      footprint: '1 px = 8×8 tokens, max',
    },
  ],
  commands: HOSTILE,
  files: [{ name: HOSTILE, what: HOSTILE }],
};
const report = renderReport(data);

describe('the report', () => {
  it('lets no text become markup', () => {
    expect(report).not.toContain('<img src=x');
    expect(report.match(/<script/g)).toHaveLength(1);
    expect(report.match(/<\/script>/g)).toHaveLength(1);
    expect(report).not.toMatch(/\sonerror="/);
    // Direction overrides and control codes of tokens are spelled out.
    expect(tokenMarkup(HOSTILE).text).toContain('\\u{202e}\\u{0}');
    expect(tokenMarkup(' a\n').text).toBe('<bdi class="token">·a⏎</bdi>');
  });

  it('escapes attributes and text alike, but not markup made by html', () => {
    expect(html`<a title="${'"<&>\''}">${html`<b>${1}</b>`}${[html`<i></i>`, undefined]}</a>`.text).toBe(
      '<a title="&quot;&lt;&amp;&gt;&#39;"><b>1</b><i></i></a>',
    );
  });

  it('loads nothing, and allows exactly the script and the style that it holds', () => {
    expect(report).not.toMatch(/(?:src|href|srcset)="(?!data:image\/png;base64,|#)/);
    expect(report).not.toMatch(/url\(|@import| style="/);
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    const style = /<style>([\s\S]*)<\/style>/.exec(report)?.[1] ?? '';
    const script = /<script>([\s\S]*)<\/script>/.exec(report)?.[1] ?? '';
    expect(contentPolicy()).toContain(`style-src ${hash(style)}`);
    expect(contentPolicy()).toContain(`script-src ${hash(script)}`);
    expect(contentPolicy()).toContain("default-src 'none'");
  });

  it('marks the winner of every head and says what was not searched', () => {
    expect(report.match(/class="won"/g)).toHaveLength(2);
    expect(report).toContain('id="h-0-1"');
    expect(report).toContain('left out: Vertical-Slash 30 / 800');
    expect(report).toContain('0.800');
  });

  it('says which way was faster, either way', () => {
    expect(speedVerdict(data)).toContain('1.25× faster than dense');
    expect(speedVerdict({ ...data, asFound: prefill(150), wherePays: prefill(99) })).toContain('1.50× slower than dense');
    expect(speedVerdict(data)).toContain('one head was');
    expect(speedVerdict({ ...data, wherePays: prefill(80) })).toContain('no head was');
  });
});

it('gives every missed mass the nearest class', () => {
  for (let step = 0; step < MISSED_CLASSES; step += 1) expect(missedClass(missedOfClass(step))).toBe(`m${step}`);
  expect(missedClass(-1e-7)).toBe('m0');
  expect(missedClass(0.9)).toBe(`m${MISSED_CLASSES - 1}`);
});
