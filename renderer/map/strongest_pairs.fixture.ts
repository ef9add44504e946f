// For tests of the strongest pairs: a run on screen, L1 H2 under an A-shape, rows 64 to 127 in view, and an engine that answers for it.
import type { Params, Result } from '../../engine/protocol/methods.ts';
import type { Handlers } from '../../engine/protocol/server.ts';
import { configStore, loadUniform } from '../state/config_document.ts';
import { connectionStore } from '../state/connection.ts';
import { fakeRun } from '../state/fake_client.fixture.ts';
import { focusHead, focusStore } from '../state/focus.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { MAIN_VIEWPORT, setViewport } from '../state/viewports.ts';

export const PAIRS: Result<'map.strongest'>['pairs'] = [
  { q: 120, k: 7, value: 0.53125 },
  { q: 90, k: 90, value: 0.25 },
];
/** 'w<token>', the newline of token 7 included. */
const textOf = (id: number) => (id === 7 ? '\n' : ` w${id}`);

/** What was asked since openView(). */
export const asked: Params<'map.strongest'>[] = [];
export const answers = (strongest: Handlers['map.strongest']): Partial<Handlers> => ({
  'map.strongest': async (params, context) => {
    asked.push(params);
    return strongest(params, context);
  },
  'run.tokens': async ({ begin, end }) => ({ ids: Array.from({ length: end - begin }, (_, at) => begin + at) }),
  'tokenizer.decode': async ({ ids }) => ({ texts: ids.map(textOf) }),
});

export function openView(): void {
  asked.length = 0;
  addRun(fakeRun({ runId: 'region', rows: 256 }), 'a run', { method: 'run.prefill', params: { model: 'fake', prompt: { text: 'x' } } });
  showRun('region');
  loadUniform(2, 4, { kind: 'a_shape', sink: 4, window: 32 }, 'c');
  focusHead({ layer: 1, head: 2 });
  setViewport(MAIN_VIEWPORT, { q0: 64.5, q1: 128, k0: 0, k1: 63.5 });
}

export function closeView(): void {
  configStore.setState(configStore.getInitialState(), true);
  connectionStore.setState(connectionStore.getInitialState(), true);
  focusStore.setState(focusStore.getInitialState(), true);
  libraryStore.setState(libraryStore.getInitialState(), true);
}
