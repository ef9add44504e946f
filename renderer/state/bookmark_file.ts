// Bookmarks as a file: for another machine, another person, or beside a paper's figures.
import { z } from 'zod';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { type Bookmark, bookmarkShape, MOST_BOOKMARKS } from './bookmark_shape.ts';

export const BOOKMARK_FORMAT = 'headscope-bookmarks';
const VERSION = 1;

export function bookmarkFile(bookmarks: readonly Bookmark[]): string {
  return `${JSON.stringify({ format: BOOKMARK_FORMAT, version: VERSION, bookmarks }, null, 2)}\n`;
}

const head = z.object({ format: z.literal(BOOKMARK_FORMAT), version: z.number(), bookmarks: z.array(z.unknown()) });

/** True where the text says of itself that it is such a file; what it holds is not looked at. */
export function isBookmarkFile(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'format' in value && value.format === BOOKMARK_FORMAT;
  } catch {
    return false;
  }
}

const refuse = (message: string) => new HeadscopeError('INVALID_REQUEST', `${message} Your bookmarks were not changed.`);

/** Throws INVALID_REQUEST, which says which entry is wrong and why: nothing is taken from a file that is wrong somewhere. */
export function readBookmarkFile(text: string): Bookmark[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw refuse(`The file is not JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}.`);
  }
  const file = head.safeParse(value);
  if (!file.success) throw refuse('The file holds no bookmarks; it is not one that Headscope exported.');
  if (file.data.version !== VERSION) throw refuse(`The file is of version ${file.data.version}; this Headscope reads ${VERSION}.`);
  if (file.data.bookmarks.length > MOST_BOOKMARKS)
    throw refuse(`The file holds ${file.data.bookmarks.length} bookmarks; at most ${MOST_BOOKMARKS} are kept.`);
  return file.data.bookmarks.map((entry, at) => {
    const read = bookmarkShape.safeParse(entry);
    if (read.success) return read.data;
    const [issue] = read.error.issues;
    throw refuse(`Bookmark ${at + 1} is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message ?? 'unreadable'}.`);
  });
}
