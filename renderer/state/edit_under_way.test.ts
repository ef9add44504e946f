import { afterEach, beforeEach, expect, it } from 'vitest';
import { configStore, loadUniform, setLive } from './config_document.ts';
import { keepEditsOfHeadsLeft } from './edit_under_way.ts';
import { focusHead, focusStore, showArea } from './focus.ts';

const EDIT = { layer: 0, head: 1, pattern: { kind: 'a_shape', sink: 1, window: 9 } } as const;
let stop: () => void;

beforeEach(() => {
  loadUniform(2, 4, { kind: 'dense' }, 'c');
  focusHead({ layer: 0, head: 1 });
  stop = keepEditsOfHeadsLeft();
  setLive(EDIT);
});
afterEach(() => {
  stop();
  configStore.setState(configStore.getInitialState(), true);
  focusStore.setState(focusStore.getInitialState(), true);
});

it('is kept as a step when another head comes on screen', () => {
  focusHead({ layer: 0, head: 2 });
  expect(configStore.getState().live).toBeNull();
  expect(configStore.getState().entries[0]?.[1]?.pattern).toEqual(EDIT.pattern);
  expect(configStore.getState().past).toHaveLength(1);
});

it('goes on through other work areas, and when the same head is shown again', () => {
  showArea('config');
  focusHead({ layer: 0, head: 1 }, { open: true });
  expect(configStore.getState()).toMatchObject({ live: EDIT, past: [] });
});
