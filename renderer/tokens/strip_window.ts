// Which tokens a strip shows: as many as may fit, around one that stays where it is while it is inside.

/** The narrowest token box, CSS pixels. */
export const NARROWEST = 13;
/** A strip follows its token only once it comes this close to an end, in tokens. */
const MARGIN = 4;

/** The first token to show, given the one it showed first before. `fit`: how many tokens can be seen for certain. */
export function stripStart(centre: number, before: number, fit: number, tokens: number): number {
  const margin = Math.min(MARGIN, Math.floor((fit - 1) / 2));
  if (centre >= before + margin && centre < before + fit - margin) return clampStart(before, fit, tokens);
  return clampStart(centre - Math.floor(fit / 3), fit, tokens);
}

function clampStart(start: number, fit: number, tokens: number): number {
  return Math.max(0, Math.min(start, tokens - Math.max(1, Math.floor(fit / 3))));
}
