// The texts of a few token ids, asked of the run's tokenizer once; ids stand for themselves until it answers or where there is none.
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Comparison } from '../../engine/protocol/whole_model.ts';
import { connectionStore } from '../state/connection.ts';

export type TokenNames = ReadonlyMap<number, string>;

const NONE: TokenNames = new Map();

/** The ids of both sides' lists, each once, ascending. */
export function idsOf({ dense, sparse }: Comparison['logits']): number[] {
  return [...new Set([...dense, ...sparse].map(({ id }) => id))].sort((left, right) => left - right);
}

/** `model`: path or id of the model whose tokenizer made the ids; null: not known. */
export function useTokenNames(model: string | null, ids: readonly number[]): TokenNames {
  const client = useStore(connectionStore, (state) => state.client);
  const asked = ids.join(' ');
  const [known, setKnown] = useState<{ key: string; names: TokenNames }>({ key: '', names: NONE });
  const key = `${model} ${asked}`;
  useEffect(() => {
    if (!client || model === null || asked === '') return;
    const abort = new AbortController();
    const own = asked.split(' ').map(Number);
    client.call('tokenizer.decode', { model, ids: own }, { signal: abort.signal }).then(
      ({ texts }) => setKnown({ key, names: new Map(own.flatMap((id, at) => (texts[at] === undefined ? [] : [[id, texts[at]]]))) }),
      // Without a tokenizer the ids stay on screen.
      () => {},
    );
    return () => abort.abort();
  }, [client, model, asked, key]);
  return known.key === key ? known.names : NONE;
}
