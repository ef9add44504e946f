// The backend that a request asks for by name, and what `auto` takes.
import type { BackendName } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params } from '../protocol/methods.ts';
import type { EngineState } from './engine_state.ts';

export interface BackendChoice {
  backend: BackendName;
  /** What a user should hear of it: that a device is there, as far as is known, and was not used. */
  notes: string[];
}

/** The best backend there is for `auto` and none. Throws BACKEND_UNAVAILABLE where another was asked for and cannot be used. */
export async function chooseBackend(engine: EngineState, asked: Params<'run.prefill'>['backend']): Promise<BackendChoice> {
  if (asked === 'cpu') return { backend: 'cpu', notes: [] };
  await engine.findBackends();
  const { backends } = engine.addon().info();
  const cuda = backends.find(({ name }) => name === 'cuda');
  if (cuda?.available) return { backend: 'cuda', notes: [] };
  const why = cuda?.reason || 'this build has no cuda backend';
  if (asked !== 'cuda') return { backend: 'cpu', notes: cuda?.present ? [`Computed on the processor, not with CUDA: ${why}`] : [] };
  // One entry an instruction set: the name that --backend takes is the same.
  const there = [...new Set(backends.filter(({ available }) => available).map(({ name }) => name))];
  throw new HeadscopeError(
    'BACKEND_UNAVAILABLE',
    `The cuda backend is not available: ${why.replace(/\.$/, '')}. Available: ${there.join(', ') || 'none'}.`,
    { asked, available: there },
  );
}
