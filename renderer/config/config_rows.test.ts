import { describe, expect, it } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { HeadEntry, Origin } from '../state/config_document.ts';
import type { Measurement } from '../state/measurements.ts';
import { changesOf, configRows, filteredRows, matchesText, sortedRows, type Thresholds, tableLines } from './config_rows.ts';
import { lossSentences, minferenceLosses, tableCsv } from './export_config.ts';

const verticalSlash = (verticals: number, slashes: number): Pattern => ({ kind: 'vertical_slash', verticals, slashes });
const entry = (pattern: Pattern, origin: Origin = 'hand'): HeadEntry => ({ pattern, origin, score: null, measured: null });
const measurement = (pattern: Pattern, recall: number, executed = 0.1, nominal = 0.05): Measurement => ({
  pattern,
  recall,
  missed: 1 - recall,
  minRecall: null,
  nominal,
  executed,
});

const A = verticalSlash(512, 2048);
const B = verticalSlash(1000, 4096);
const entries = [
  [entry(B), entry({ kind: 'a_shape', sink: 100, window: 800 }, 'searched')],
  [entry(verticalSlash(100, 4096)), entry({ kind: 'dense' })],
  [entry(A, 'imported'), entry(verticalSlash(20, 40))],
];
const measurements = [
  [measurement(B, 0.98), measurement(A, 0.9)],
  [measurement(verticalSlash(100, 4096), 0.6, 0.95), null],
  [measurement(A, 0.3, 0.3, 0.28), null],
];
const rows = configRows({ entries, measurements, reference: entries.map((row) => row.map(() => A)) });
const at = (layer: number, head: number) => rows.find((row) => row.layer === layer && row.head === head)!;

describe('the rows of a config', () => {
  it('have numbers of their own pattern only', () => {
    expect(at(0, 0).numbers).toMatchObject({ recall: 0.98, executed: 0.1 });
    expect(at(0, 1)).toMatchObject({ numbers: null, stale: true, checks: ['stale'] });
    expect(at(2, 1)).toMatchObject({ numbers: null, stale: false });
    expect(at(1, 1).numbers).toEqual({ recall: 1, missed: 0, nominal: 1, executed: 1 });
  });

  it('are checked', () => {
    expect(at(0, 0).checks).toEqual([]);
    expect(at(1, 0).checks).toEqual(['low-recall', 'saves-little']);
    expect(at(2, 0).checks).toEqual(['low-recall', 'near-uniform']);
    expect(at(2, 1).checks).toEqual(['below-floors']);
    expect(at(1, 1).checks).toEqual([]);
  });

  it('are checked by thresholds that can be moved', () => {
    const checks = (thresholds: Thresholds) =>
      configRows({ entries, measurements, reference: null, thresholds }).find(({ layer, head }) => layer === 1 && head === 0)?.checks;
    expect(checks({ lowRecall: 0.6, nearUniform: 0.05, mostTiles: 0.95 })).toEqual([]);
    expect(checks({ lowRecall: 0.61, nearUniform: 0.05, mostTiles: 0.949 })).toEqual(['low-recall', 'saves-little']);
    expect(checks({ lowRecall: 0.5, nearUniform: 0.56, mostTiles: 0.95 })).toEqual(['near-uniform']);
  });

  it('differ from the reference by mask, not by spelling', () => {
    const spelled: Pattern = { ...A, lastQueries: 64, forcedSinks: 30, forcedLocal: 100 };
    const [row] = configRows({ entries: [[entry(spelled)]], measurements: undefined, reference: [[A]] });
    expect(row?.changed).toBe(false);
    expect(changesOf(rows).map(({ what, kind, rows: own }) => [what, kind, own.map(({ layer, head }) => `${layer}/${head}`)])).toEqual([
      ['Budget raised', null, ['0/0']],
      ['Budget shifted between axes', null, ['1/0']],
      ['Budget lowered', null, ['2/1']],
      ['Vertical-Slash to A-shape', 'a_shape', ['0/1']],
      ['Vertical-Slash to Dense', 'dense', ['1/1']],
    ]);
    const forced: Pattern = { ...A, forcedLocal: 10 };
    expect(changesOf(configRows({ entries: [[entry(forced)]], measurements: undefined, reference: [[A]] }))).toMatchObject([
      { what: 'Estimator changed', kind: null },
    ]);
  });

  it('are filtered by place, pattern, origin and check', () => {
    expect(matchesText(at(1, 0), 'l1')).toBe(true);
    expect(matchesText({ ...at(1, 0), layer: 10 }, 'L1')).toBe(false);
    expect(matchesText(at(0, 1), 'l0h1 a-shape')).toBe(true);
    expect(matchesText(at(0, 1), 'h1 stale searched')).toBe(true);
    expect(matchesText(at(0, 1), 'block')).toBe(false);
    expect(filteredRows(rows, 'checks', '').map(({ layer, head }) => [layer, head])).toEqual([
      [0, 1],
      [1, 0],
      [2, 0],
      [2, 1],
    ]);
    expect(filteredRows(rows, 'changed', 'l2').map(({ head }) => head)).toEqual([1]);
  });

  it('sort with the unknown last in both directions', () => {
    const recalls = (ascending: boolean) => sortedRows(rows, { key: 'recall', ascending }).map(({ numbers }) => numbers?.recall ?? null);
    expect(recalls(true)).toEqual([0.3, 0.6, 0.98, 1, null, null]);
    expect(recalls(false)).toEqual([1, 0.98, 0.6, 0.3, null, null]);
    expect(sortedRows(rows, { key: 'head', ascending: false })[0]).toMatchObject({ layer: 2, head: 1 });
  });

  it('are grouped by layer, with a mean only where every head has a number', () => {
    const lines = tableLines(rows, true, new Set([1]));
    expect(lines.map((line) => (line.kind === 'layer' ? `layer ${line.layer}` : `${line.row.layer}/${line.row.head}`))).toEqual([
      'layer 0',
      '0/0',
      '0/1',
      'layer 1',
      'layer 2',
      '2/0',
      '2/1',
    ]);
    expect(lines[0]).toMatchObject({ heads: 2, changed: 2, executed: null });
    expect(lines[3]).toMatchObject({ heads: 2, executed: (0.95 + 1) / 2 });
    expect(tableLines(rows, false, new Set())).toHaveLength(rows.length);
  });
});

describe('export', () => {
  it('says what MInference cannot', () => {
    const losses = minferenceLosses([
      [entry({ kind: 'dense' }), entry({ kind: 'block_sparse', blocks: 100 }), entry({ kind: 'block_sparse', blocks: 50 })],
      [entry({ ...A, forcedLocal: 30 }), entry({ ...A, forcedLocal: 100 }), entry(A)],
    ]);
    expect(losses).toEqual({ dense: 1, otherBlocks: 1, estimators: 1, unscored: 6 });
    expect(lossSentences(losses)).toHaveLength(4);
    expect(lossSentences({ dense: 0, otherBlocks: 0, estimators: 0, unscored: 0 })).toEqual([]);
  });

  it('writes a table that splits into its columns again', () => {
    const lines = tableCsv(rows).trimEnd().split('\n');
    expect(lines).toHaveLength(rows.length + 1);
    for (const line of lines) expect(line.split(',')).toHaveLength(12);
    expect(lines[1]).toBe('0,0,Vertical-Slash,1000 / 4096,Vertical-Slash,512 / 2048,0.98,0.020000000000000018,0.1,0.05,hand,');
  });
});
