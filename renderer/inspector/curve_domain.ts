// Which part of the recall-against-cost plane is worth showing.
import { scaleLinear } from 'd3-scale';
import type { FrontierPoint } from './frontier.ts';

export interface CurveDomain {
  /** Fractions of causal tiles, from 0. */
  mostCost: number;
  leastRecall: number;
}

/** Recall where more budget buys little: the curve is drawn a little past it. */
const ENOUGH = 0.995;

/** Holds the knees of `frontiers`, and every one of `points` (the pattern on screen, the committed one, the target). */
export function curveDomain(
  frontiers: readonly (readonly FrontierPoint[])[],
  points: readonly { cost: number; recall: number }[],
  target: number,
): CurveDomain {
  const knees = frontiers.map((frontier) => (frontier.find(({ recall }) => recall >= ENOUGH) ?? frontier.at(-1))?.cost ?? 0);
  const farthest = Math.max(0.02, ...points.map(({ cost }) => cost), ...(knees.length > 0 ? [Math.min(...knees) * 1.25] : []));
  const mostCost = Math.min(
    1,
    scaleLinear([0, farthest * 1.05], [0, 1])
      .nice(4)
      .domain()[1] ?? 1,
  );
  const inSight = frontiers.flatMap((frontier) => frontier.filter(({ cost }) => cost <= mostCost && cost >= mostCost * 0.12));
  const lowest = Math.min(target, ...points.map(({ recall }) => recall), ...inSight.map(({ recall }) => recall));
  const least = Math.max(0, 1 - (1 - lowest) * 1.08 - 0.001);
  return { mostCost, leastRecall: Math.max(0, scaleLinear([least, 1], [0, 1]).nice(4).domain()[0] ?? 0) };
}
