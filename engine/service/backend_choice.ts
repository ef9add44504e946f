// The backend a request asks for by name.
import { HeadscopeError } from '../protocol/errors.ts';
import type { Params } from '../protocol/methods.ts';
import type { EngineState } from './engine_state.ts';

/** Throws BACKEND_UNAVAILABLE where the asked backend is not on this machine; `auto` is always there. */
export function requireBackend(engine: EngineState, asked: Params<'run.prefill'>['backend']): void {
  if (asked === undefined || asked === 'auto') return;
  const { backends } = engine.addon().info();
  const found = backends.find(({ name }) => name.toLowerCase().startsWith(asked));
  if (found?.available) return;
  const why = (found?.reason || `this build has no ${asked} backend`).replace(/\.$/, '');
  // One entry an instruction set: the name that --backend takes is the same.
  const there = [...new Set(backends.filter(({ available }) => available).map(({ name }) => name))];
  throw new HeadscopeError(
    'BACKEND_UNAVAILABLE',
    `The ${asked} backend is not available: ${why}. Available: ${there.join(', ') || 'none'}.`,
    {
      asked,
      available: there,
    },
  );
}
