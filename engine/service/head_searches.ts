// One head's search by either procedure, each surface a turn at the machine, so that whoever looks at a map is served in between.
import type { Job, NativeLayer, Surface, SurfaceRequest } from '../native/addon.ts';
import { withDefaults } from '../patterns/budgets.ts';
import type { Params } from '../protocol/methods.ts';
import type { HeadScores } from '../protocol/records.ts';
import type { RequestContext } from '../protocol/server.ts';
import type { CandidateList } from '../search/candidates.ts';
import { searchReleased } from '../search/released.ts';
import { searchTarget, TARGET_KINDS } from '../search/target.ts';
import type { EngineState } from './engine_state.ts';
import { awaitJob } from './native_queue.ts';
import { surfaceEstimator, surfaceRequest, surfaceResult } from './surface_tables.ts';

export interface HeadSearch {
  engine: EngineState;
  params: Params<'search.run'>;
  context: RequestContext<'search.run'>;
  rows: number;
  layer: number;
  head: number;
}

function turn<T>({ engine, params, context, layer, head }: HeadSearch, work: (native: NativeLayer, threads: number) => Job<T>): Promise<T> {
  const { runId, threads } = params;
  return engine.withLayer(
    { owner: context.owner, runId, layer, head, threads, urgency: 'batch', signal: context.signal },
    (native, _entry, count) => awaitJob(work(native, count), context.signal),
  );
}

const measureSurface = (search: HeadSearch, request: SurfaceRequest): Promise<Surface> =>
  turn(search, (native, threads) => native.surface(request, threads, () => {}));

type Found = Omit<HeadScores, 'layer' | 'head' | 'elapsedMs'>;

/** The released candidates, then the winner as it is deployed: its own recall and cost over all rows. */
export async function releasedHead(search: HeadSearch, list: CandidateList): Promise<Found> {
  const { rows, head, params } = search;
  const found = await searchReleased(rows, head, list, (request) => measureSurface(search, request), params.remap ?? false);
  const deployed = withDefaults(found.deployed);
  const kept = await turn(search, (native, threads) => native.measure(head, deployed, false, threads));
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const recall of kept.rowRecall) {
    sum += recall;
    least = Math.min(least, recall);
  }
  return {
    procedure: 'released',
    targetRecall: null,
    ...found,
    measured: {
      recall: sum / rows,
      minRecall: least,
      nominal: kept.nominalCells / kept.causalCells,
      executed: kept.executedTiles / kept.causalTiles,
    },
  };
}

/** The cheapest pattern that reaches `targetRecall`; the surfaces' numbers are the pattern's own, over all rows. */
export async function targetHead(search: HeadSearch, targetRecall: number): Promise<Found> {
  const { rows, head, params } = search;
  const surfaces = [];
  for (const kind of TARGET_KINDS.filter((each) => params.kinds?.includes(each) ?? true)) {
    const request = surfaceRequest(kind, head, rows);
    surfaces.push({ ...surfaceResult(request, await measureSurface(search, request), rows), estimator: surfaceEstimator(kind) });
  }
  const { candidates, ...found } = searchTarget(surfaces, rows, targetRecall);
  return { procedure: 'target', targetRecall, ...found, candidates: candidates.map(({ nominal: _, ...candidate }) => candidate) };
}
