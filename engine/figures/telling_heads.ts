// Which few heads are worth a large picture: the extremes of what was measured, each head once.
import { count, percent } from './wording.ts';

/** Shares of a head's whole attention mass, from its column and distance profiles, and its last row. */
export interface HeadFeatures {
  layer: number;
  head: number;
  rows: number;
  /** 1 - recall of the deployed pattern, and the tiles it multiplies of the causal ones. */
  missed: number;
  density: number;
  /** On the first SINK_TOKENS keys; on the last LOCAL_TOKENS keys of each row. */
  sink: number;
  local: number;
  /** On the FEW heaviest columns after the sinks, and distances beyond the local ones; the heaviest of each. */
  columns: { share: number; heaviest: number };
  slashes: { share: number; heaviest: number };
  /** The last row's largest probability on a far key that repeats a token of the question: where the text speaks of what is asked. */
  lookup: { share: number; position: number };
}

export const SINK_TOKENS = 4;
export const LOCAL_TOKENS = 64;
const FEW = 32;
/** At least so many tokens back is far. */
const FAR = 256;
/** The prompt's last tokens: the question. */
const QUESTION = 16;

function heaviest(mass: Float64Array, from: number): { share: number; heaviest: number } {
  const order = Array.from({ length: Math.max(0, mass.length - from) }, (_, at) => from + at).sort(
    (a, b) => (mass[b] ?? 0) - (mass[a] ?? 0),
  );
  return { share: order.slice(0, FEW).reduce((sum, at) => sum + (mass[at] ?? 0), 0), heaviest: order[0] ?? 0 };
}

const sumOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);

/** tokens; columns, distances: mass by key and by q - k, over all rows; lastRow: probabilities of the last row. All of length rows. */
export function headFeatures(
  place: { layer: number; head: number; missed: number; density: number },
  tokens: readonly number[],
  columns: Float64Array,
  distances: Float64Array,
  lastRow: Float32Array,
): HeadFeatures {
  const rows = lastRow.length;
  const asked = new Set(tokens.slice(-QUESTION));
  const share = ({ share: mass, heaviest: at }: { share: number; heaviest: number }) => ({ share: mass / rows, heaviest: at });
  const lookup = { share: 0, position: 0 };
  for (let position = SINK_TOKENS; position < rows - FAR; position += 1) {
    const probability = lastRow[position] ?? 0;
    if (probability > lookup.share && asked.has(tokens[position] ?? -1)) Object.assign(lookup, { share: probability, position });
  }
  return {
    ...place,
    rows,
    sink: sumOf(columns.subarray(0, SINK_TOKENS)) / rows,
    local: sumOf(distances.subarray(0, LOCAL_TOKENS)) / rows,
    columns: share(heaviest(columns, SINK_TOKENS)),
    slashes: share(heaviest(distances, LOCAL_TOKENS)),
    lookup,
  };
}

export interface TellingHead {
  features: HeadFeatures;
  title: string;
  /** What to see, in numbers. `position` is a token that the sentence speaks of. */
  sentence: string;
  position: number | undefined;
}

interface Kind {
  title: string;
  strength: (head: HeadFeatures) => number;
  sentence: (head: HeadFeatures) => string;
  position?: (head: HeadFeatures) => number;
}

const KINDS: readonly Kind[] = [
  {
    title: 'Finds what is asked',
    strength: ({ lookup }) => lookup.share,
    sentence: ({ rows, lookup }) =>
      `At the last row, where the answer begins, ${percent(lookup.share)} of its attention falls on token ${count(lookup.position)}, ${count(rows - 1 - lookup.position)} tokens back, which repeats a word of the question.`,
    position: ({ lookup }) => lookup.position,
  },
  {
    title: 'Loses most',
    strength: ({ missed }) => missed,
    sentence: ({ missed, density }) =>
      `The most missed mass of all heads: ${percent(missed)} of the scored rows’ attention lies outside the mask, which multiplies ${percent(density)} of the causal tiles.`,
  },
  {
    title: 'Attention sink',
    strength: ({ sink }) => sink,
    sentence: ({ sink }) =>
      `${percent(sink)} of its whole attention rests on the first ${SINK_TOKENS} tokens: the line along the left edge.`,
  },
  {
    title: 'Local',
    strength: ({ local }) => local,
    sentence: ({ local }) =>
      `${percent(local)} of its attention stays within the last ${LOCAL_TOKENS} tokens: the band along the diagonal is nearly all there is.`,
  },
  {
    title: 'Slashes',
    strength: ({ slashes }) => slashes.share,
    sentence: ({ slashes }) =>
      `The ${FEW} heaviest diagonals beyond ${LOCAL_TOKENS} tokens carry ${percent(slashes.share)} of its attention, the heaviest at a distance of ${count(slashes.heaviest)}.`,
  },
  {
    title: 'Columns',
    strength: ({ columns }) => columns.share,
    sentence: ({ columns }) =>
      `The ${FEW} heaviest columns after the first ${SINK_TOKENS} tokens carry ${percent(columns.share)} of its attention, the heaviest at token ${count(columns.heaviest)}.`,
    position: ({ columns }) => columns.heaviest,
  },
];

/** At most one head of each kind, the strongest that no kind before it took. */
export function tellingHeads(heads: readonly HeadFeatures[]): TellingHead[] {
  const taken = new Set<HeadFeatures>();
  const chosen: TellingHead[] = [];
  for (const { title, strength, sentence, position } of KINDS) {
    let best: HeadFeatures | undefined;
    for (const head of heads) if (!taken.has(head) && strength(head) > (best ? strength(best) : 0)) best = head;
    if (!best) continue;
    taken.add(best);
    chosen.push({ features: best, title, sentence: sentence(best), position: position?.(best) });
  }
  return chosen;
}
