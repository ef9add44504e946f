// The table of all heads: one row a head with what is known of it, filtered, sorted and grouped. Plain data; the view only draws it.
import type { Pattern, PatternKind } from '../../engine/protocol/pattern.ts';
import type { HeadEntry, Origin } from '../state/config_document.ts';
import type { Measurement } from '../state/measurements.ts';
import { samePattern } from '../state/pattern_identity.ts';
import { DEFAULT_PREFERENCES, type Preferences } from '../state/preferences.ts';
import { PATTERN_NAMES } from '../ui/pattern_words.ts';

export type Check = 'stale' | 'low-recall' | 'near-uniform' | 'saves-little' | 'below-floors';

export interface ConfigRow {
  layer: number;
  head: number;
  pattern: Pattern;
  /** Of the config compared against; null where there is none. */
  reference: Pattern | null;
  changed: boolean;
  origin: Origin;
  /** Numbers of this very pattern; null where none were measured, or only for an earlier pattern. */
  numbers: { recall: number; missed: number; nominal: number; executed: number } | null;
  /** Measured for an earlier pattern only; that number is not shown. */
  stale: boolean;
  checks: readonly Check[];
}

export type Thresholds = Preferences['checks'];

function belowFloors(pattern: Pattern): boolean {
  return pattern.kind === 'vertical_slash' && (pattern.verticals < 30 || pattern.slashes < 50);
}

function checksOf(pattern: Pattern, numbers: ConfigRow['numbers'], stale: boolean, limits: Thresholds): Check[] {
  const checks: Check[] = [];
  if (stale) checks.push('stale');
  if (numbers && pattern.kind !== 'dense') {
    if (numbers.recall < limits.lowRecall) checks.push('low-recall');
    if (numbers.executed > limits.mostTiles) checks.push('saves-little');
    else if (numbers.recall - numbers.nominal < limits.nearUniform) checks.push('near-uniform');
  }
  if (belowFloors(pattern)) checks.push('below-floors');
  return checks;
}

export interface RowSources {
  entries: readonly (readonly HeadEntry[])[];
  /** [layers][heads] of the run on screen. */
  measurements: readonly (readonly (Measurement | null)[])[] | undefined;
  reference: readonly (readonly Pattern[])[] | null;
  thresholds?: Thresholds;
}

export function configRows({ entries, measurements, reference, thresholds = DEFAULT_PREFERENCES.checks }: RowSources): ConfigRow[] {
  return entries.flatMap((row, layer) =>
    row.map((entry, head): ConfigRow => {
      const { pattern, origin } = entry;
      const measured = measurements?.[layer]?.[head] ?? null;
      const fresh = measured !== null && samePattern(measured.pattern, pattern);
      const other = reference?.[layer]?.[head] ?? null;
      const numbers =
        pattern.kind === 'dense'
          ? { recall: 1, missed: 0, nominal: 1, executed: 1 }
          : fresh
            ? { recall: measured.recall, missed: measured.missed, nominal: measured.nominal, executed: measured.executed }
            : null;
      const stale = numbers === null && measured !== null;
      return {
        layer,
        head,
        pattern,
        reference: other,
        changed: other !== null && !samePattern(other, pattern),
        origin,
        numbers,
        stale,
        checks: checksOf(pattern, numbers, stale, thresholds),
      };
    }),
  );
}

export type RowFilter = 'all' | 'changed' | 'checks';
export type SortKey = 'head' | 'pattern' | 'budget' | 'recall' | 'missed' | 'tiles' | 'nominal' | 'origin';
export interface RowOrder {
  key: SortKey;
  ascending: boolean;
}

/** Tokens a query may keep, as one number to sort budgets of a kind by. */
function budgetSize(pattern: Pattern): number {
  switch (pattern.kind) {
    case 'a_shape':
      return pattern.sink + pattern.window;
    case 'vertical_slash':
      return pattern.verticals + pattern.slashes;
    case 'block_sparse':
      return pattern.blocks * (pattern.blockSize ?? 64);
    case 'dense':
      return Number.POSITIVE_INFINITY;
  }
}

const KIND_ORDER: Readonly<Record<PatternKind, number>> = { vertical_slash: 0, a_shape: 1, block_sparse: 2, dense: 3 };

function sortValue(row: ConfigRow, key: SortKey): number | string | null {
  switch (key) {
    case 'head':
      return 0;
    case 'pattern':
      return KIND_ORDER[row.pattern.kind];
    case 'budget':
      return budgetSize(row.pattern);
    case 'recall':
      return row.numbers?.recall ?? null;
    case 'missed':
      return row.numbers?.missed ?? null;
    case 'tiles':
      return row.numbers?.executed ?? null;
    case 'nominal':
      return row.numbers?.nominal ?? null;
    case 'origin':
      return row.origin;
  }
}

/** Rows without a value come last in both directions; equals stay by layer and head. */
export function sortedRows(rows: readonly ConfigRow[], { key, ascending }: RowOrder): ConfigRow[] {
  const sign = ascending ? 1 : -1;
  return [...rows].sort((a, b) => {
    const [left, right] = [sortValue(a, key), sortValue(b, key)];
    if (left === null || right === null) return Number(left === null) - Number(right === null) || a.layer - b.layer || a.head - b.head;
    if (left !== right) return left < right ? -sign : sign;
    const byPlace = a.layer - b.layer || a.head - b.head;
    return key === 'head' ? sign * byPlace : byPlace;
  });
}

/** Words that must all be found: 'L3', 'H5', a pattern's name, an origin, a check. 'L3' is layer 3, not 30. */
export function matchesText(row: ConfigRow, text: string): boolean {
  const known = `${PATTERN_NAMES[row.pattern.kind]} ${row.origin} ${row.checks.join(' ').replaceAll('-', ' ')}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
    .every((word) => {
      const place = /^(?:l(\d+))?(?:h(\d+))?$/.exec(word);
      if (place && (place[1] !== undefined || place[2] !== undefined)) {
        return (place[1] === undefined || Number(place[1]) === row.layer) && (place[2] === undefined || Number(place[2]) === row.head);
      }
      return known.includes(word);
    });
}

export function filteredRows(rows: readonly ConfigRow[], filter: RowFilter, text: string): ConfigRow[] {
  return rows.filter(
    (row) => (filter === 'all' || (filter === 'changed' ? row.changed : row.checks.length > 0)) && (text === '' || matchesText(row, text)),
  );
}

/** A line of the table: a layer's heading or a head. */
export type TableLine =
  | { kind: 'layer'; layer: number; heads: number; changed: number; executed: number | null }
  | { kind: 'head'; row: ConfigRow };

/** With a heading before each layer's rows where they are in the order of layers; folded layers show their heading only. */
export function tableLines(rows: readonly ConfigRow[], grouped: boolean, folded: ReadonlySet<number>): TableLine[] {
  if (!grouped) return rows.map((row) => ({ kind: 'head', row }));
  const byLayer = new Map<number, ConfigRow[]>();
  for (const row of rows) byLayer.set(row.layer, [...(byLayer.get(row.layer) ?? []), row]);
  return [...byLayer].flatMap(([layer, own]): TableLine[] => {
    const known = own.flatMap(({ numbers }) => (numbers ? [numbers.executed] : []));
    const executed = known.length === own.length ? known.reduce((sum, value) => sum + value, 0) / own.length : null;
    const heading: TableLine = { kind: 'layer', layer, heads: own.length, changed: own.filter((row) => row.changed).length, executed };
    return folded.has(layer) ? [heading] : [heading, ...own.map((row): TableLine => ({ kind: 'head', row }))];
  });
}

/** One way in which heads differ from the reference; `kind`: what they became, null where only the budget differs. */
export interface Change {
  what: string;
  kind: PatternKind | null;
  rows: readonly ConfigRow[];
}

/** How the document differs from the reference: budgets first, then changes of the kind, the most frequent first. */
export function changesOf(rows: readonly ConfigRow[]): Change[] {
  const changes = new Map<string, { what: string; kind: PatternKind | null; rows: ConfigRow[] }>();
  for (const row of rows) {
    if (!row.changed || row.reference === null) continue;
    const kind = row.reference.kind === row.pattern.kind ? null : row.pattern.kind;
    const what =
      kind === null ? budgetChange(row.reference, row.pattern) : `${PATTERN_NAMES[row.reference.kind]} to ${PATTERN_NAMES[kind]}`;
    const known = changes.get(what) ?? { what, kind, rows: [] };
    known.rows.push(row);
    changes.set(what, known);
  }
  return [...changes.values()].sort((a, b) => Number(a.kind !== null) - Number(b.kind !== null) || b.rows.length - a.rows.length);
}

function budgetChange(from: Pattern, to: Pattern): string {
  const steps = axisSteps(from, to);
  if (steps.every((step) => step === 0)) return 'Estimator changed';
  if (steps.every((step) => step >= 0)) return 'Budget raised';
  if (steps.every((step) => step <= 0)) return 'Budget lowered';
  return 'Budget shifted between axes';
}

function axisSteps(from: Pattern, to: Pattern): number[] {
  if (from.kind === 'a_shape' && to.kind === 'a_shape') return [to.sink - from.sink, to.window - from.window];
  if (from.kind === 'vertical_slash' && to.kind === 'vertical_slash') return [to.verticals - from.verticals, to.slashes - from.slashes];
  if (from.kind === 'block_sparse' && to.kind === 'block_sparse') return [budgetSize(to) - budgetSize(from)];
  return [];
}
