// Tokens and memory of the run a user is about to start: the engine's tokenizer and plan, asked a moment after the last change.
import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Client } from '../../engine/protocol/client.ts';
import { codedError } from '../../engine/protocol/envelope.ts';
import { connectionStore } from '../state/connection.ts';
import { type MemoryPlan, planOf, refusedPlan } from './memory_plan.ts';

/** Of a longer text only this much is counted, and the rest taken to be alike: its ids would be megabytes on the wire. */
const MOST_COUNTED_CHARS = 1 << 20;
const DELAY_MS = 350;

export interface RunPlan {
  /** Null while it is asked. */
  tokens: number | null;
  /** Counted by the model's tokenizer to the end, not estimated from a part. */
  exact: boolean;
  plan: MemoryPlan | null;
  /** Why the folder or the text cannot be used. */
  error: string | null;
  model: { name: string; architecture: string; layers: number; heads: number; contextLength: number } | null;
}

const NOTHING: RunPlan = { tokens: null, exact: false, plan: null, error: null, model: null };

async function settle(client: Client, model: string, tokens: number, signal: AbortSignal): Promise<MemoryPlan> {
  try {
    return planOf(await client.call('checkpoint.plan', { model, tokens }, { signal }));
  } catch (thrown) {
    const refused = refusedPlan(thrown);
    if (refused) return refused;
    throw thrown;
  }
}

export function useRunPlan(model: string | null, text: string): RunPlan {
  const client = useStore(connectionStore, (state) => state.client);
  const [plan, setPlan] = useState<RunPlan>(NOTHING);
  useEffect(() => {
    setPlan(NOTHING);
    if (!client || !model || text.trim() === '') return;
    const abort = new AbortController();
    const { signal } = abort;
    const ask = async () => {
      try {
        // A folder that cannot be used says so before its tokenizer is asked.
        const { name, architecture, layers, heads, contextLength } = await client.call('checkpoint.inspect', { model }, { signal });
        const counted = text.length <= MOST_COUNTED_CHARS ? text : text.slice(0, MOST_COUNTED_CHARS);
        const { length } = (await client.call('tokenizer.encode', { model, text: counted }, { signal })).ids;
        const tokens = Math.max(1, Math.round((length * text.length) / counted.length));
        const found = { tokens, exact: counted === text, error: null, model: { name, architecture, layers, heads, contextLength } };
        setPlan({ ...found, plan: null });
        setPlan({ ...found, plan: await settle(client, model, tokens, signal) });
      } catch (thrown) {
        if (!signal.aborted) setPlan({ ...NOTHING, error: codedError(thrown).message });
      }
    };
    const timer = setTimeout(() => void ask(), DELAY_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [client, model, text]);
  return plan;
}
