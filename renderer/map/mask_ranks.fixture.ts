// Ranks for tests of masks.

/** Ranks of a fixed shuffle with the first `forced` in order. */
export function shuffledRanks(count: number, forced: number, seed: number): Int32Array {
  const order = Array.from({ length: count }, (_, at) => at);
  let state = seed;
  for (let at = count - 1; at > forced; at -= 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    const other = forced + (state % (at - forced + 1));
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  const ranks = new Int32Array(count);
  order.forEach((position, rank) => {
    ranks[position] = rank;
  });
  return ranks;
}
