// Tokens and memory of the run a user is about to start: the engine's tokenizer and plan, asked a moment after the last change.
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { codedError } from '../../engine/protocol/envelope.ts';
import { connectionStore } from '../state/connection.ts';
import { type MemoryPlan, memoryPlan } from './memory_plan.ts';

/** Longer texts are estimated: their ids would be megabytes on the wire. */
const MOST_COUNTED_CHARS = 1 << 21;
const CHARS_A_TOKEN = 4;
const DELAY_MS = 350;

export interface RunPlan {
  /** Null while it is asked. */
  tokens: number | null;
  /** Counted by the model's tokenizer, not estimated. */
  exact: boolean;
  plan: MemoryPlan | null;
  /** Why the folder or the text cannot be used. */
  error: string | null;
  model: { name: string; architecture: string; layers: number; heads: number; contextLength: number } | null;
}

const NOTHING: RunPlan = { tokens: null, exact: false, plan: null, error: null, model: null };

export function useRunPlan(model: string | null, text: string): RunPlan {
  const client = useStore(connectionStore, (state) => state.client);
  const available = useStore(connectionStore, (state) => state.info?.availableBytes ?? 0);
  const [plan, setPlan] = useState<RunPlan>(NOTHING);
  useEffect(() => {
    setPlan(NOTHING);
    if (!client || !model || text.trim() === '') return;
    const abort = new AbortController();
    const { signal } = abort;
    const ask = async () => {
      try {
        const counted = text.length <= MOST_COUNTED_CHARS;
        const tokens = counted
          ? (await client.call('tokenizer.encode', { model, text }, { signal })).ids.length
          : Math.ceil(text.length / CHARS_A_TOKEN);
        const found = await client.call('checkpoint.inspect', { model, planFor: [Math.max(1, tokens)] }, { signal });
        const { name, architecture, layers, heads, contextLength, plans } = found;
        setPlan({
          tokens,
          exact: counted,
          plan: plans[0] ? memoryPlan(tokens, plans[0].places, available) : null,
          error: null,
          model: { name, architecture, layers, heads, contextLength },
        });
      } catch (thrown) {
        if (!signal.aborted) setPlan({ ...NOTHING, error: codedError(thrown).message });
      }
    };
    const timer = setTimeout(() => void ask(), DELAY_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [client, model, text, available]);
  return plan;
}
