// What the example costs before it is opened: bytes on disk, the time it took here last, and its tokens where it ran here before.
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { connectionStore } from '../state/connection.ts';
import { libraryStore } from '../state/library.ts';
import { byteCount, duration } from '../ui/numbers.ts';

export interface ExampleCost {
  /** '4.1 MB on disk, took 1.32 s last time'; empty until it is known. */
  text: string;
  /** Counted; null: it was not run here yet. */
  tokens: number | null;
}

export function useExampleCost(model: string | undefined, prompt: string | undefined): ExampleCost {
  const client = useStore(connectionStore, (state) => state.client);
  const recent = useStore(libraryStore, (state) => state.recent);
  const [bytes, setBytes] = useState<number | null>(null);
  useEffect(() => {
    setBytes(null);
    if (!client || model === undefined) return;
    const abort = new AbortController();
    client.call('checkpoint.inspect', { model }, { signal: abort.signal }).then(
      ({ weightBytes }) => setBytes(weightBytes),
      // The example then says what is wrong with it when it is opened.
      () => {},
    );
    return () => abort.abort();
  }, [client, model]);
  const last = recent.find(({ kind, place, name }) => kind === 'prefill' && place === model && name === prompt)?.run;
  const took = last?.totalMs ?? null;
  const text = [bytes !== null && `${byteCount(bytes)} on disk`, took !== null && `took ${duration(took)} last time`];
  return { text: text.filter(Boolean).join(', '), tokens: last?.rows ?? null };
}
