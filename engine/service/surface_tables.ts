// The recall surface as the protocol shows it: which edges are asked, and the native sums as fractions.
import type { Surface, SurfaceRequest } from '../native/addon.ts';
import { sliderEdges } from '../patterns/budgets.ts';
import { ESTIMATOR_DEFAULTS, type Pattern } from '../protocol/pattern.ts';
import type { SurfaceResult, SurfaceTable } from '../protocol/records.ts';
import { releasedCandidates } from '../search/candidates.ts';

type Kind = SurfaceRequest['kind'];

const BANDS = 8;
const AXES: Record<Kind, readonly string[]> = {
  vertical_slash: ['verticals', 'slashes'],
  a_shape: ['sink', 'window'],
  block_sparse: ['blocks'],
};

function budgetsOf(pattern: Pattern, kind: Kind): number[] | undefined {
  if (pattern.kind === 'vertical_slash' && kind === 'vertical_slash') return [pattern.verticals, pattern.slashes];
  if (pattern.kind === 'a_shape' && kind === 'a_shape') return [pattern.sink, pattern.window];
  if (pattern.kind === 'block_sparse' && kind === 'block_sparse' && pattern.blockSize !== 32) return [pattern.blocks];
  return undefined;
}

/** The sliders' steps and every budget of the released candidates, as searched and as deployed, up to the prompt's length. */
function edgesOf(kind: Kind, axis: number, rows: number): Int32Array {
  const { candidates, skipped } = releasedCandidates(rows);
  const patterns = [...candidates.flatMap(({ scored, deployed }) => [scored, deployed]), ...skipped];
  const most = kind === 'block_sparse' ? Math.ceil(rows / ESTIMATOR_DEFAULTS.blockSize) : rows;
  const budgets = patterns.map((pattern) => budgetsOf(pattern, kind)?.[axis]).filter((budget) => budget !== undefined);
  return sliderEdges(
    most,
    budgets.map((budget) => Math.min(budget, most)),
  );
}

export function surfaceRequest(kind: Kind, head: number, rows: number): SurfaceRequest {
  const cuts = new Set<number>([releasedCandidates(rows).scoredFrom]);
  for (let band = 0; band <= BANDS; band += 1) cuts.add(Math.round((band * rows) / BANDS));
  return {
    head,
    kind,
    edges: [edgesOf(kind, 0, rows), kind === 'block_sparse' ? new Int32Array(0) : edgesOf(kind, 1, rows)],
    ...ESTIMATOR_DEFAULTS,
    bandStart: Int32Array.from([...cuts].sort((a, b) => a - b)),
  };
}

export function surfaceEstimator(kind: Kind): SurfaceResult['estimator'] {
  const { lastQueries, forcedSinks, forcedLocal, blockSize } = ESTIMATOR_DEFAULTS;
  if (kind === 'vertical_slash') return { lastQueries, forcedSinks, forcedLocal };
  return kind === 'block_sparse' ? { blockSize } : {};
}

/** `sums` row-major [edges0][edges1], divided. */
function table(sums: Float64Array, divisor: number, request: SurfaceRequest): SurfaceTable {
  const shares = Array.from(sums, (sum) => sum / divisor);
  const width = request.edges[1].length;
  if (request.kind === 'block_sparse') return shares;
  return Array.from(request.edges[0], (_, row) => shares.slice(row * width, (row + 1) * width));
}

export function surfaceResult(request: SurfaceRequest, surface: Surface, rows: number): Omit<SurfaceResult, 'estimator'> {
  const [first, second] = request.edges;
  const cells = first.length * Math.max(1, second.length);
  const whole = new Float64Array(cells);
  const bands: SurfaceResult['bands'] = [];
  for (let band = 0; band + 1 < request.bandStart.length; band += 1) {
    const [begin, end] = [request.bandStart[band] ?? 0, request.bandStart[band + 1] ?? rows];
    const mass = surface.bandMass.subarray(band * cells, (band + 1) * cells);
    mass.forEach((value, cell) => {
      whole[cell] = (whole[cell] ?? 0) + value;
    });
    bands.push({ rows: [begin, end], recall: table(mass, end - begin, request) });
  }
  return {
    kind: request.kind,
    axes: AXES[request.kind].map((name, axis) => ({ name, edges: [...(request.edges[axis] ?? [])] })),
    recall: table(whole, rows, request),
    nominal: table(surface.nominalCells, surface.causalCells, request),
    executed: table(surface.executedTiles, surface.causalTiles, request),
    bands,
    elapsedMs: surface.elapsedMs,
  };
}
