// MInference's best_pattern files: a JSON array by layer of objects {"0": [type, v, s, score], ...} by query head.
// Format and meaning: minference/modules/minference_forward.py and minference/configs of microsoft/MInference 0.1.6.
import { isJsonObject, type JsonValue, parseStrictJson, printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { ESTIMATOR_DEFAULTS, type Pattern } from '../protocol/pattern.ts';

export type MinferenceType = 'vertical_and_slash' | 'stream_llm' | 'block_sparse';

/** Which candidate of the released search an entry reveals, whatever its type says: a winning A-shape is stored as vertical_and_slash
 * (100, 800) and a winning block-sparse as (1000, 6096) or, in older files, (1000, 4096). 'other': refined or set by hand. */
export type EntryOrigin = 'a_shape' | 'vertical_slash' | 'block_sparse' | 'other';

/** recall in [0, 1]; mismatch_count: elements whose output differs (lower is better); none: every score is 0. */
export type ScoreKind = 'recall' | 'mismatch_count' | 'none';

export interface MinferenceEntry {
  type: MinferenceType;
  v: number;
  s: number;
  score: number;
  pattern: Pattern;
  origin: EntryOrigin;
}

export interface MinferenceConfig {
  layers: number;
  heads: number;
  /** [layer][head] */
  entries: MinferenceEntry[][];
  scoreKind: ScoreKind;
  notes: string[];
}

/** What MInference's block_sparse kernel runs, whatever the entry's numbers are. */
const DEPLOYED_BLOCKS = { blocks: 100, blockSize: 64 } as const;
const TYPES: readonly MinferenceType[] = ['vertical_and_slash', 'stream_llm', 'block_sparse'];
const MAX_LAYERS = 4096;
const MAX_HEADS = 1 << 14;

function invalid(message: string): HeadscopeError {
  return new HeadscopeError('CONFIG_INVALID', `Not a MInference config: ${message}.`);
}

/** Wrong heads named in one refusal. */
const MOST_NAMED = 50;

/** Reads the text of a file strictly: every layer with the same heads "0" to "H-1", four-element entries, whole budgets, finite scores.
 * Throws CONFIG_INVALID naming layer and head; `data.cells` has every wrong head up to 50, `data.moreCells` counts the rest. */
export function parseMinferenceConfig(text: string): MinferenceConfig {
  const parsed = parseStrictJson(text, { what: 'The config', code: 'CONFIG_INVALID', maxDepth: 8 });
  if (!Array.isArray(parsed)) throw invalid('it is not an array of layers');
  if (parsed.length === 0) throw invalid('it has no layers');
  if (parsed.length > MAX_LAYERS) throw invalid(`it has ${parsed.length} layers`);
  const wrong: WrongHead[] = [];
  const entries = parsed.map((layer, index) => readLayer(layer, index, wrong));
  const [first] = wrong;
  if (first) {
    const others = wrong.length > 1 ? `; ${wrong.length - 1} more ${wrong.length === 2 ? 'head is' : 'heads are'} wrong` : '';
    throw new HeadscopeError(
      'CONFIG_INVALID',
      `Not a MInference config: layer ${first.layer}, head ${first.head} ${first.problem}${others}.`,
      { cells: wrong.slice(0, MOST_NAMED), moreCells: Math.max(0, wrong.length - MOST_NAMED) },
    );
  }
  const heads = entries[0]?.length ?? 0;
  const uneven = entries.findIndex((layer) => layer.length !== heads);
  if (uneven >= 0) throw invalid(`layer ${uneven} has ${entries[uneven]?.length} heads, layer 0 has ${heads}`);
  const scoreKind = classifyScores(text, entries);
  return { layers: entries.length, heads, entries, scoreKind, notes: lint(entries, scoreKind) };
}

interface WrongHead {
  layer: number;
  head: number;
  problem: string;
}

/** Adds the heads it cannot read to `wrong` and leaves them out. */
function readLayer(layer: JsonValue, index: number, wrong: WrongHead[]): MinferenceEntry[] {
  if (!isJsonObject(layer)) throw invalid(`layer ${index} is not an object of heads`);
  const keys = Object.keys(layer);
  if (keys.length === 0 || keys.length > MAX_HEADS) throw invalid(`layer ${index} has ${keys.length} heads`);
  const stray = keys.find((key) => !/^(0|[1-9]\d*)$/.test(key) || Number(key) >= keys.length);
  if (stray !== undefined)
    throw invalid(`layer ${index} has the head "${printable(stray)}"; its ${keys.length} heads must be "0" to "${keys.length - 1}"`);
  return keys.flatMap((_, head) => {
    const entry = readEntry(layer[String(head)]);
    if (typeof entry !== 'string') return [entry];
    wrong.push({ layer: index, head, problem: entry });
    return [];
  });
}

/** The entry, or what is wrong with it. */
function readEntry(value: JsonValue | undefined): MinferenceEntry | string {
  if (!Array.isArray(value) || value.length !== 4) return 'is not [type, v, s, score]';
  const [typeValue, v, s, score] = value;
  const type = TYPES.find((known) => known === typeValue);
  if (type === undefined) return `has the type ${printable(JSON.stringify(typeValue) ?? 'none')}; known are ${TYPES.join(', ')}`;
  const least = type === 'block_sparse' ? 0 : 1; // its numbers are never read
  const isBudget = (budget: JsonValue | undefined): budget is number =>
    typeof budget === 'number' && Number.isInteger(budget) && budget >= least && budget < 2 ** 31;
  if (!isBudget(v) || !isBudget(s)) return `has the budgets ${printable(JSON.stringify([v, s]))}; they must be whole numbers above 0`;
  if (typeof score !== 'number' || !Number.isFinite(score)) return 'has a score that is not a finite number';
  return { type, v, s, score, pattern: patternOf(type, v, s), origin: decodeOrigin(type, v, s) };
}

function patternOf(type: MinferenceType, v: number, s: number): Pattern {
  if (type === 'stream_llm') return { kind: 'a_shape', sink: v, window: s };
  if (type === 'block_sparse') return { kind: 'block_sparse', ...DEPLOYED_BLOCKS };
  return { kind: 'vertical_slash', verticals: v, slashes: s };
}

const RELEASED_VERTICAL_SLASH = ['30,800', '100,750', '500,700', '3500,100'];

export function decodeOrigin(type: MinferenceType, v: number, s: number): EntryOrigin {
  if (type === 'stream_llm') return 'a_shape';
  if (type === 'block_sparse') return 'block_sparse';
  const budget = `${v},${s}`;
  if (budget === '100,800') return 'a_shape';
  if (budget === '1000,6096' || budget === '1000,4096') return 'block_sparse';
  return RELEASED_VERTICAL_SLASH.includes(budget) ? 'vertical_slash' : 'other';
}

/** Two searches wrote such files and neither says which: recalls reach 1.0005, counts are whole numbers written without a point. */
function classifyScores(text: string, entries: MinferenceEntry[][]): ScoreKind {
  const scores = entries.flatMap((layer) => layer.map(({ score }) => score));
  if (scores.every((score) => score === 0)) return 'none';
  const writtenWhole = scores.every(Number.isInteger) && !/\d[.eE]/.test(text);
  return writtenWhole || scores.some((score) => score > 1.01) ? 'mismatch_count' : 'recall';
}

function lint(entries: MinferenceEntry[][], scoreKind: ScoreKind): string[] {
  const all = entries.flat();
  const notes: string[] = [];
  const blocks = all.filter(({ type }) => type === 'block_sparse').length;
  if (blocks > 0) notes.push(`${blocks} block_sparse heads run as 100 blocks of 64, whatever numbers the file gives: so does MInference.`);
  const first = all[0];
  if (all.length > 1 && all.every(({ type, v, s }) => type === first?.type && v === first.v && s === first.s))
    notes.push('Every head has the same pattern and budget.');
  if (scoreKind === 'mismatch_count') notes.push('The scores are counts of differing output elements (lower is better), not recalls.');
  if (scoreKind === 'recall') {
    const below = all.filter(({ score }) => score < 0.5).length;
    if (below * 2 > all.length)
      notes.push(`${below} of ${all.length} heads kept less than half of the attention: close to what uniform attention would give.`);
    if (all.some(({ score }) => score < 0)) notes.push('Some recalls are negative.');
  }
  const low = all.filter(({ pattern }) => pattern.kind === 'vertical_slash' && (pattern.verticals < 30 || pattern.slashes < 50)).length;
  if (low > 0) notes.push(`${low} heads are below MInference's floors of 30 columns and 50 distances and run with those.`);
  return notes;
}

export interface MinferenceExportOptions {
  /** What a dense head is written as, since the format has no word for it: a vertical_slash budget. Absent: such a head is refused. */
  denseAs?: { verticals: number; slashes: number };
}

export interface ExportableHead {
  pattern: Pattern;
  /** Recall; 0 is written where it is unknown. */
  score?: number | undefined;
}

/** The file's text for [layer][head], and what it could not say. Throws CONFIG_INVALID for an incomplete table and for patterns that
 * MInference would run differently: dense heads (unless denseAs), block_sparse other than 100 blocks of 64. */
export function formatMinferenceConfig(
  heads: readonly (readonly ExportableHead[])[],
  options: MinferenceExportOptions = {},
): { text: string; notes: string[] } {
  const width = heads[0]?.length ?? 0;
  if (width === 0) throw new HeadscopeError('CONFIG_INVALID', 'There are no heads to export.');
  const notes = new Set<string>();
  const layers = heads.map((layer, index) => {
    if (layer.length !== width)
      throw new HeadscopeError(
        'CONFIG_INVALID',
        `Layer ${index} has ${layer.length} heads, layer 0 has ${width}; MInference needs every head.`,
      );
    const items = layer.map((head, h) => `"${h}": ${entryText(head, `layer ${index}, head ${h}`, options, notes)}`);
    return `{${items.join(', ')}}`;
  });
  return { text: `[${layers.join(',\n ')}]\n`, notes: [...notes] };
}

function entryText({ pattern, score }: ExportableHead, where: string, options: MinferenceExportOptions, notes: Set<string>): string {
  const [type, v, s] = spell(pattern, where, options, notes);
  if (score !== undefined && !Number.isFinite(score))
    throw new HeadscopeError('CONFIG_INVALID', `The score of ${where} is not a finite number.`);
  const known = score ?? 0;
  return `["${type}", ${v}, ${s}, ${Number.isInteger(known) ? known.toFixed(1) : String(known)}]`;
}

function spell(
  pattern: Pattern,
  where: string,
  { denseAs }: MinferenceExportOptions,
  notes: Set<string>,
): [MinferenceType, number, number] {
  const positive = (name: string, budget: number): number => {
    if (budget < 1) notes.add(`A ${name} of 0 is written as 1: MInference's budgets are above 0.`);
    return Math.max(1, budget);
  };
  switch (pattern.kind) {
    case 'a_shape':
      return ['stream_llm', positive('sink', pattern.sink), positive('window', pattern.window)];
    case 'vertical_slash': {
      const defaults = ESTIMATOR_DEFAULTS;
      const estimator = [
        pattern.lastQueries ?? defaults.lastQueries,
        pattern.forcedSinks ?? defaults.forcedSinks,
        pattern.forcedLocal ?? defaults.forcedLocal,
      ];
      if (estimator.join() !== [defaults.lastQueries, defaults.forcedSinks, defaults.forcedLocal].join()) {
        notes.add(
          'The file cannot say how columns and distances are estimated; MInference uses the last 64 queries and forces 30 columns and 100 distances.',
        );
      }
      return ['vertical_and_slash', positive('verticals budget', pattern.verticals), positive('slashes budget', pattern.slashes)];
    }
    case 'block_sparse': {
      const blockSize = pattern.blockSize ?? ESTIMATOR_DEFAULTS.blockSize;
      if (pattern.blocks !== DEPLOYED_BLOCKS.blocks || blockSize !== DEPLOYED_BLOCKS.blockSize) {
        throw new HeadscopeError(
          'CONFIG_INVALID',
          `The pattern of ${where}, ${pattern.blocks} blocks of ${blockSize}, cannot be exported: MInference always runs 100 blocks of 64.`,
        );
      }
      return ['block_sparse', pattern.blocks, blockSize];
    }
    case 'dense': {
      if (denseAs === undefined) {
        throw new HeadscopeError(
          'CONFIG_INVALID',
          `The head at ${where} is dense, which MInference's file cannot say. Choose a budget to write instead (--dense-as verticals,slashes), or change the head.`,
        );
      }
      notes.add(
        `Dense heads are written as vertical_and_slash (${denseAs.verticals}, ${denseAs.slashes}): MInference will run them sparse.`,
      );
      return ['vertical_and_slash', positive('verticals budget', denseAs.verticals), positive('slashes budget', denseAs.slashes)];
    }
  }
}
