// A bookmark as it is stored: a place a user wants to find again, with the pattern that was drawn over it and a note.
import { z } from 'zod';
import { pattern } from '../../engine/protocol/pattern.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';

export const MOST_BOOKMARKS = 400;
export const MOST_NOTE_CHARS = 500;
export const MOST_NAME_CHARS = 200;

const whole = z.number().int().min(0);
const edge = z.number().min(0);
const place = z.object({ layer: whole, head: whole });
const rectangle = z.object({ q0: edge, q1: edge, k0: edge, k1: edge }).refine(({ q0, q1, k0, k1 }) => q1 > q0 && k1 > k0, 'an empty view');

/** What it was taken of. What an older version did not store is null. */
const origin = z.object({
  /** The run's name, for people; it may be called otherwise by now. */
  run: z.string().max(500),
  model: z.string().max(500),
  /** The model's hash, its name where it has none. */
  modelKey: z.string().max(500).nullable(),
  promptHash: z.string().max(500).nullable(),
  rows: whole,
  layers: whole.nullable(),
  heads: whole.nullable(),
});

export const bookmarkShape = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(MOST_NAME_CHARS),
  note: z.string().max(MOST_NOTE_CHARS),
  /** Made, and changed last: milliseconds since 1970. */
  at: z.number(),
  changedAt: z.number(),
  of: origin,
  layer: whole,
  head: whole,
  /** Of the map; null: the heads are what is kept. */
  view: rectangle.nullable(),
  /** The pair under the cursor. */
  cell: z.object({ q: whole, k: whole }).nullable(),
  heads: z.array(place).max(4096),
  /** Of the head, as it was drawn. */
  pattern: pattern.nullable(),
});
export type Bookmark = z.infer<typeof bookmarkShape>;

/** Kept before patterns and notes were: the run as 'model/prompt/rows/layers/heads'. */
const keptByPlace = z.object({
  id: bookmarkShape.shape.id,
  name: bookmarkShape.shape.name,
  of: z.string().max(200),
  layer: whole,
  head: whole,
  view: rectangle.nullable(),
  heads: z.array(place).max(4096),
});

/** Kept when places with a pattern were a list of their own, without the prompt. */
const keptAsSnapshot = z.object({
  id: bookmarkShape.shape.id,
  at: z.number(),
  model: z.string().max(500),
  run: z.string().max(500),
  rows: whole,
  layer: whole,
  head: whole,
  view: rectangle,
  pattern: pattern.nullable(),
  note: z.string().max(MOST_NOTE_CHARS),
});

function fromPlace(stored: unknown): Bookmark | null {
  const read = keptByPlace.safeParse(stored);
  if (!read.success) return null;
  const { of, ...rest } = read.data;
  const parts = /^(.*)\/([^/]*)\/(\d+)\/(\d+)\/(\d+)$/.exec(of);
  if (!parts) return null;
  const [, model = '', prompt = '', rows, layers, heads] = parts;
  const origin = { run: '', model, modelKey: model, promptHash: prompt || null, rows: Number(rows), layers: Number(layers) };
  return { ...rest, note: '', at: 0, changedAt: 0, of: { ...origin, heads: Number(heads) }, cell: null, pattern: null };
}

function fromSnapshot(stored: unknown): Bookmark | null {
  const read = keptAsSnapshot.safeParse(stored);
  if (!read.success) return null;
  const { id, at, note, model, run, rows, layer, head, view, pattern: drawn } = read.data;
  const of = { run, model, modelKey: null, promptHash: null, rows, layers: null, heads: null };
  const name = placeName({ layer, head, view, heads: [], whole: false });
  return { id, name, note, at, changedAt: at, of, layer, head, view, cell: null, heads: [], pattern: drawn };
}

/** One entry of the stored list, of this version or an earlier one; null where it is none. */
export function readBookmark(stored: unknown): Bookmark | null {
  const read = bookmarkShape.safeParse(stored);
  return read.success ? read.data : (fromPlace(stored) ?? fromSnapshot(stored));
}

/** The lists of this version and earlier ones as one; an entry that is broken costs only itself. */
export function readBookmarks(...lists: readonly unknown[]): Bookmark[] {
  const found = lists.flatMap((list) => (Array.isArray(list) ? list : [])).flatMap((stored) => readBookmark(stored) ?? []);
  return [...new Map(found.map((bookmark) => [bookmark.id, bookmark])).values()].slice(-MOST_BOOKMARKS);
}

const count = (value: number) => Math.round(value).toLocaleString('en-US');

/** A name that says what is there: 'L1 H0, rows 120 to 340', '12 heads'. */
export function placeName({
  layer,
  head,
  view,
  heads,
  whole: all,
}: Pick<Bookmark, 'layer' | 'head' | 'view' | 'heads'> & { whole: boolean }): string {
  if (view === null) return `${count(heads.length)} heads`;
  return `L${layer} H${head}${all ? '' : `, rows ${count(view.q0)} to ${count(view.q1)}`}`;
}

export function originOf({ model, promptHash, rows, layers, heads }: RunInfo, run: string): Bookmark['of'] {
  return { run, model: model.name, modelKey: model.hash ?? model.name, promptHash, rows, layers, heads };
}

/** The same model on the same prompt, as far as both are known: a row and a column mean the same tokens there. */
export function fitsRun({ of }: Bookmark, { model, promptHash, rows, layers, heads }: RunInfo): boolean {
  if (of.rows !== rows) return false;
  if (of.modelKey === null ? of.model !== model.name : of.modelKey !== (model.hash ?? model.name)) return false;
  if (of.promptHash !== null && promptHash !== null && of.promptHash !== promptHash) return false;
  return (of.layers ?? layers) === layers && (of.heads ?? heads) === heads;
}
