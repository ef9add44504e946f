// The thumbnails of the run on screen, as long as the engine holds it.
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { connectionStore } from '../state/connection.ts';
import type { KnownRun } from '../state/library.ts';
import { PaintedThumbnails } from './painted_thumbnails.ts';
import { ThumbnailStore, type WantedThumbnail } from './thumbnails.ts';

export interface Thumbnails {
  painted: PaintedThumbnails | null;
  /** Counts the pictures that came: a new number means a new drawing. */
  version: number;
  /** Pictures that are wanted are on their way. */
  busy: boolean;
  want: (heads: readonly WantedThumbnail[]) => void;
  refusal: (layer: number, head: number) => string | null;
}

export function useThumbnails(run: KnownRun | null): Thumbnails {
  const client = useStore(connectionStore, (state) => state.client);
  const [version, setVersion] = useState(0);
  const frame = useRef(0);
  const runId = run?.info.runId ?? null;
  const rows = run?.info.rows ?? 0;
  const usable = client !== null && runId !== null && run?.live === true;
  const store = useMemo(() => {
    if (!usable || !client || runId === null) return null;
    // Pictures come in bursts: one drawing a frame takes in all of them.
    return new ThumbnailStore(client, runId, rows, () => {
      cancelAnimationFrame(frame.current);
      frame.current = requestAnimationFrame(() => setVersion((count) => count + 1));
    });
  }, [usable, client, runId, rows]);
  useEffect(() => {
    return () => {
      cancelAnimationFrame(frame.current);
      store?.stop();
    };
  }, [store]);
  const painted = useMemo(() => (store ? new PaintedThumbnails(store) : null), [store]);
  // What was painted stays on screen where the engine is lost.
  const [last, setLast] = useState<{ runId: string; painted: PaintedThumbnails } | null>(null);
  useEffect(() => {
    if (painted && runId !== null) setLast({ runId, painted });
  }, [painted, runId]);
  const kept = last?.runId === runId ? last.painted : null;
  const want = useCallback((heads: readonly WantedThumbnail[]) => store?.want(heads), [store]);
  const refusal = useCallback((layer: number, head: number) => store?.refusal(layer, head) ?? null, [store]);
  return { painted: painted ?? kept, version, busy: store?.busy ?? false, want, refusal };
}
