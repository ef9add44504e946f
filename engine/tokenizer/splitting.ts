// Cutting a piece where a pattern matches.
import type { Piece } from './piece.ts';

export type Delimiters = 'Removed' | 'Isolated' | 'MergedWithPrevious' | 'MergedWithNext' | 'Contiguous';

/** Stretches that cover the text in order: begin, end, and 1 where the pattern matched, three numbers each. */
export type Stretches = number[];

/** An empty match counts, except right behind another match. */
export function stretchesOf(pattern: RegExp, text: string): Stretches {
  if (text === '') return [0, 0, 0];
  const found: Stretches = [];
  let covered = 0;
  let from = 0;
  let lastEnd = -1;
  while (from <= text.length) {
    pattern.lastIndex = from;
    const match = pattern.exec(text);
    if (match === null) break;
    const begin = match.index;
    const end = begin + match[0].length;
    if (begin === end && end === lastEnd) {
      from = end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1);
      continue;
    }
    if (covered !== begin) found.push(covered, begin, 0);
    found.push(begin, end, 1);
    covered = end;
    from = end;
    lastEnd = end;
  }
  if (covered !== text.length) found.push(covered, text.length, 0);
  return found;
}

export function inverted(stretches: Stretches): Stretches {
  return stretches.map((value, index) => (index % 3 === 2 ? 1 - value : value));
}

/** Cuts, with what matched treated as told; appends the parts that are not empty. */
export function cut(piece: Piece, stretches: Stretches, delimiters: Delimiters, into: Piece[]): void {
  const add = (begin: number, end: number) => {
    if (begin < end) into.push(piece.slice(begin, end));
  };
  if (delimiters === 'Isolated' || delimiters === 'Removed') {
    for (let i = 0; i < stretches.length; i += 3) {
      if (delimiters === 'Isolated' || stretches[i + 2] === 0) add(stretches[i] ?? 0, stretches[i + 1] ?? 0);
    }
    return;
  }
  const parts: [number, number][] = [];
  const backwards = delimiters === 'MergedWithNext';
  let previous = false;
  const count = stretches.length / 3;
  for (let step = 0; step < count; step++) {
    const i = 3 * (backwards ? count - 1 - step : step);
    const begin = stretches[i] ?? 0;
    const end = stretches[i + 1] ?? 0;
    const matched = stretches[i + 2] === 1;
    const last = parts.at(-1);
    const join = delimiters === 'Contiguous' ? matched === previous : matched && !previous;
    if (!join || last === undefined) parts.push([begin, end]);
    else if (backwards) last[0] = begin;
    else last[1] = end;
    previous = matched;
  }
  if (backwards) parts.reverse();
  for (const [begin, end] of parts) add(begin, end);
}
