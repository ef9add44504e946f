// The recall surface and the ranks of a head, asked once a head and kind, kept while memory allows.
import { createStore } from 'zustand/vanilla';
import { codedError } from '../../engine/protocol/envelope.ts';
import { frameIntegers } from '../../engine/protocol/frame.ts';
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { engine } from './connection.ts';
import { startJob } from './jobs.ts';
import type { SurfaceKind } from './surface_lookup.ts';

/** The order in which budgets take keys; the mask's shader reads them. */
export type Ranks =
  | { kind: 'vertical_slash'; columns: Int32Array; distances: Int32Array }
  /** [side, side], rank of key block b in the row of query block a. */
  | { kind: 'block_sparse'; blocks: Int32Array; side: number; blockSize: number };

export type AskState = 'absent' | 'running' | 'ready' | 'failed';

export interface SurfaceEntry {
  status: AskState;
  /** 0 to 1. */
  progress: number;
  surface: SurfaceResult | null;
  error: string | null;
  ranksStatus: AskState;
  ranks: Ranks | null;
  ranksError: string | null;
}

export interface SurfacesState {
  /** By surfaceKey(). */
  entries: Readonly<Record<string, SurfaceEntry>>;
}

const ABSENT: SurfaceEntry = {
  status: 'absent',
  progress: 0,
  surface: null,
  error: null,
  ranksStatus: 'absent',
  ranks: null,
  ranksError: null,
};
/** Heads x kinds kept; ranks of 128K tokens are 1 MiB each. */
const MOST_ENTRIES = 96;

export const surfacesStore = createStore<SurfacesState>()(() => ({ entries: {} }));

export interface SurfacePlace {
  runId: string;
  layer: number;
  head: number;
  kind: SurfaceKind;
}

export function surfaceKey({ runId, layer, head, kind }: SurfacePlace): string {
  return `${runId}/${layer}/${head}/${kind}`;
}

export function surfaceOf(state: SurfacesState, place: SurfacePlace): SurfaceEntry {
  return state.entries[surfaceKey(place)] ?? ABSENT;
}

function change(place: SurfacePlace, part: Partial<SurfaceEntry>): void {
  surfacesStore.setState(({ entries }) => {
    const key = surfaceKey(place);
    const { [key]: old = ABSENT, ...others } = entries;
    const kept = Object.entries(others);
    // Insertion order is age: the one changed goes last. What runs is never dropped.
    const surplus = kept.length + 1 - MOST_ENTRIES;
    if (surplus > 0) {
      const idle = kept.filter(([, entry]) => entry.status !== 'running' && entry.ranksStatus !== 'running').slice(0, surplus);
      const drop = new Set(idle.map(([name]) => name));
      return { entries: { ...Object.fromEntries(kept.filter(([name]) => !drop.has(name))), [key]: { ...old, ...part } } };
    }
    return { entries: { ...others, [key]: { ...old, ...part } } };
  });
}

const running = new Map<string, { result: Promise<SurfaceResult>; cancel: () => void }>();
const KIND_NAMES: Record<SurfaceKind, string> = { vertical_slash: 'Vertical-Slash', a_shape: 'A-shape', block_sparse: 'Block-Sparse' };

/** The surface of a head and kind: from the store, from the job under way, or from a new job. At most one job a head and kind. */
export function requestSurface(place: SurfacePlace): Promise<SurfaceResult> {
  const key = surfaceKey(place);
  const known = surfaceOf(surfacesStore.getState(), place);
  if (known.surface) return Promise.resolve(known.surface);
  const under = running.get(key);
  if (under) return under.result;
  const { runId, layer, head, kind } = place;
  change(place, { status: 'running', progress: 0, error: null });
  const job = startJob({
    title: `Surface L${layer} H${head}, ${KIND_NAMES[kind]}`,
    runId,
    run: async ({ signal, onProgress }) =>
      engine().call(
        'pattern.surface',
        { runId, layer, head, kind },
        {
          signal,
          onProgress: (progress) => {
            onProgress(progress);
            change(place, { progress: progress.total > 0 ? progress.done / progress.total : 0 });
          },
        },
      ),
  });
  const result = job.result.then(
    (surface) => {
      running.delete(key);
      change(place, { status: 'ready', progress: 1, surface });
      return surface;
    },
    (thrown: unknown) => {
      running.delete(key);
      const { code, message } = codedError(thrown);
      // A cancelled or interrupted request may be made again; a refused one says why.
      const again = code === 'CANCELLED' || code === 'BACKEND_LOST';
      change(place, { status: again ? 'absent' : 'failed', progress: 0, error: again ? null : message });
      throw thrown;
    },
  );
  result.catch(() => {});
  running.set(key, { result, cancel: job.cancel });
  return result;
}

/** Stops the surface of a head that is no longer looked at. */
export function cancelSurface(place: SurfacePlace): void {
  running.get(surfaceKey(place))?.cancel();
}

async function fetchRanks({ runId, layer, head, kind }: SurfacePlace): Promise<Ranks | null> {
  if (kind === 'a_shape') return null;
  const parts = new Map<number, Int32Array[]>();
  const { rows } = await engine().call(
    'pattern.ranks',
    { runId, layer, head, kind },
    { onFrame: (frame) => void parts.set(frame.key, [...(parts.get(frame.key) ?? []), frameIntegers(frame).slice()]) },
  );
  const whole = (key: number) => joined(parts.get(key) ?? []);
  if (kind === 'vertical_slash') return { kind, columns: whole(0), distances: whole(1) };
  // Row blocks come in order, numbered by key.
  const blocks = joined([...parts.keys()].sort((a, b) => a - b).flatMap((key) => parts.get(key) ?? []));
  return { kind, blocks, side: rows, blockSize: 64 };
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const ranksRunning = new Map<string, Promise<Ranks | null>>();

/** The ranks of a head and kind; null for a_shape, whose mask needs none. At most one request a head and kind. */
export function requestRanks(place: SurfacePlace): Promise<Ranks | null> {
  const key = surfaceKey(place);
  const known = surfaceOf(surfacesStore.getState(), place);
  if (known.ranks || known.ranksStatus === 'ready') return Promise.resolve(known.ranks);
  const under = ranksRunning.get(key);
  if (under) return under;
  change(place, { ranksStatus: 'running', ranksError: null });
  const result = fetchRanks(place).then(
    (ranks) => {
      ranksRunning.delete(key);
      change(place, { ranksStatus: 'ready', ranks });
      return ranks;
    },
    (thrown: unknown) => {
      ranksRunning.delete(key);
      const { code, message } = codedError(thrown);
      change(place, code === 'BACKEND_LOST' ? { ranksStatus: 'absent' } : { ranksStatus: 'failed', ranksError: message });
      throw thrown;
    },
  );
  result.catch(() => {});
  ranksRunning.set(key, result);
  return result;
}

/** What belongs to a run that is gone. */
export function dropSurfaces(runId: string): void {
  surfacesStore.setState(({ entries }) => ({
    entries: Object.fromEntries(Object.entries(entries).filter(([key]) => !key.startsWith(`${runId}/`))),
  }));
}
