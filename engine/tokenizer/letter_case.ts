// Which letters differ only in case: those that simple case folding makes one (the long s and the s, the kelvin sign and the k).

/** No letter from here on has case. */
const END_OF_CASE = 0x1ea00;

/** Its capital is I, yet folding keeps it apart. */
const DOTLESS_I = 0x131;

let kinds: Map<number, number[]> | null = null;

/** The character and its other cases. */
export function caseVariants(character: string): string[] {
  const others = letterKinds().get(character.codePointAt(0) ?? 0) ?? [];
  return [character, ...others.map((point) => String.fromCodePoint(point))];
}

/** The other cases of the letters from `first` to `last`. */
export function caseVariantsOfRange(first: number, last: number): number[] {
  const found: number[] = [];
  for (const [point, others] of letterKinds()) if (point >= first && point <= last) found.push(...others);
  return found;
}

/** For every letter that has case, the others of its kind. Made when a pattern first asks: most ask for no case at all. */
function letterKinds(): Map<number, number[]> {
  if (kinds !== null) return kinds;
  const groups = new Map<string, Set<number>>();
  for (let point = 0x41; point < END_OF_CASE; point++) {
    if ((point >= 0xd800 && point < 0xe000) || point === DOTLESS_I) continue;
    const letter = String.fromCodePoint(point);
    const upper = letter.toUpperCase();
    if (upper === letter && letter.toLowerCase() === letter) continue;
    const lower = upper.toLowerCase();
    const key = isOne(upper) && isOne(lower) ? lower : letter.toLowerCase();
    const group = groups.get(key) ?? new Set();
    group.add(point);
    if (isOne(key)) group.add(key.codePointAt(0) ?? point);
    groups.set(key, group);
  }
  kinds = new Map();
  for (const group of groups.values())
    for (const point of group)
      kinds.set(
        point,
        [...group].filter((other) => other !== point),
      );
  return kinds;
}

function isOne(text: string): boolean {
  return text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff);
}
