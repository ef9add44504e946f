// NFC, NFD, NFKC and NFKD with the change that each resulting character makes, so that offsets survive. The characters are the runtime's;
// the order of decomposition, sorting and composition is that of Unicode Standard Annex 15.
import { WITHOUT_DECOMPOSITION } from './older_unicode.ts';
import { type Piece, rewriteByChanges } from './piece.ts';

export type UnicodeForm = 'NFC' | 'NFD' | 'NFKC' | 'NFKD';

interface Mark {
  character: string;
  /** See rewriteByChanges. */
  change: number;
}

export function toUnicodeForm(piece: Piece, form: UnicodeForm): Piece {
  if (piece.text.normalize(form) === piece.text) return piece;
  const decomposed = decompose(piece.text, form === 'NFC' || form === 'NFD' ? 'NFD' : 'NFKD');
  const result = form === 'NFC' || form === 'NFKC' ? compose(decomposed) : decomposed;
  return rewriteByChanges(
    piece,
    result.map(({ character }) => character),
    result.map(({ change }) => change),
  );
}

function decompose(text: string, form: 'NFD' | 'NFKD'): Mark[] {
  const result: Mark[] = [];
  const whole = form === 'NFD' ? WITHOUT_DECOMPOSITION.canonical : WITHOUT_DECOMPOSITION.compatible;
  let run: Mark[] = []; // characters that are not starters, in the order they came
  const endRun = () => {
    for (const mark of run.length > 1 ? sorted(run) : run) result.push(mark);
    run = [];
  };
  for (const original of text) {
    let change = 0;
    for (const character of whole.test(original) ? original : original.normalize(form)) {
      if (isStarter(character)) {
        endRun();
        result.push({ character, change });
      } else run.push({ character, change });
      change = 1;
    }
  }
  endRun();
  return result;
}

/** In canonical order. The runtime sorts the characters; equal ones keep their order, which tells which mark each was. */
function sorted(run: readonly Mark[]): Mark[] {
  const waiting = new Map<string, { changes: number[]; next: number }>();
  for (const { character, change } of run) {
    const queue = waiting.get(character) ?? { changes: [], next: 0 };
    queue.changes.push(change);
    waiting.set(character, queue);
  }
  return Array.from(
    run
      .map(({ character }) => character)
      .join('')
      .normalize('NFD'),
    (character) => {
      const queue = waiting.get(character);
      const change = queue?.changes[queue.next] ?? 0;
      if (queue) queue.next++;
      return { character, change };
    },
  );
}

function compose(marks: readonly Mark[]): Mark[] {
  const result: Mark[] = [];
  let base: Mark | null = null;
  let after: Mark[] = []; // marks that stayed apart from the base
  const flush = () => {
    if (base !== null) result.push(base);
    for (const mark of after) result.push(mark);
    after = [];
  };
  for (const mark of marks) {
    const starter = isStarter(mark.character);
    if (base === null) {
      if (starter) base = mark;
      else result.push(mark);
      continue;
    }
    const last = after.at(-1);
    // Nothing below U+0300 is ever the second part of a composition.
    const blocked = mark.character < '\u0300' || (last !== undefined && (starter || !sortsBefore(last.character, mark.character)));
    const joined: string = blocked ? '' : (base.character + mark.character).normalize('NFC');
    if (joined !== '' && isOneCharacter(joined) && !WITHOUT_DECOMPOSITION.canonical.test(joined))
      base = { character: joined, change: base.change + mark.change - 1 };
    else if (starter) {
      flush();
      base = mark;
    } else after.push(mark);
  }
  flush();
  return result;
}

function isOneCharacter(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}

/** The only mark of the highest combining class, 240: any other that is not a starter sorts before it. */
const LAST_MARK = '\u0345';
const starters = new Map<string, boolean>();

function isStarter(character: string): boolean {
  if (character < '\u0300') return true;
  const known = starters.get(character);
  if (known !== undefined) return known;
  const starter = character !== LAST_MARK && !sortsBefore(character, LAST_MARK);
  starters.set(character, starter);
  return starter;
}

/** Whether the combining class of `a` is above 0 and below that of `b`: then canonical order swaps "b a". */
function sortsBefore(a: string, b: string): boolean {
  return (b + a).normalize('NFD').startsWith(a) && a !== b;
}
