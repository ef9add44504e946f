import { expect, test } from 'vitest';
import { checkedPreferences } from './preferences.ts';
import { fits, MOST_SNAPSHOTS, type Snapshot, withNote, withSnapshot } from './snapshots.ts';

const snapshot = (id: string): Snapshot => ({
  id,
  at: 1,
  model: 'tiny',
  run: 'a run',
  rows: 300,
  layer: 1,
  head: 2,
  view: { q0: 0, q1: 100.5, k0: 0, k1: 100.5 },
  pattern: { kind: 'a_shape', sink: 4, window: 64 },
  note: '',
});

test('the newest comes first, and the oldest go', () => {
  let list: Snapshot[] = [];
  for (let at = 0; at < MOST_SNAPSHOTS + 5; at += 1) list = withSnapshot(list, snapshot(`s${at}`));
  expect(list.length).toBe(MOST_SNAPSHOTS);
  expect(list[0]?.id).toBe(`s${MOST_SNAPSHOTS + 4}`);
  expect(withNote(list, 's9', 'x'.repeat(900)).find(({ id }) => id === 's9')?.note.length).toBe(500);
});

test('it fits runs of its model and length', () => {
  expect(fits(snapshot('a'), { model: { name: 'tiny' }, rows: 300 })).toBe(true);
  expect(fits(snapshot('a'), { model: { name: 'tiny' }, rows: 301 })).toBe(false);
  expect(fits(snapshot('a'), { model: { name: 'other' }, rows: 300 })).toBe(false);
});

test('what was stored is read back, and one that is broken costs only the snapshots', () => {
  const stored = JSON.parse(JSON.stringify({ theme: 'dark', snapshots: [snapshot('a')] }));
  expect(checkedPreferences(stored)).toMatchObject({ theme: 'dark', snapshots: [snapshot('a')] });
  stored.snapshots[0].view.q1 = -1;
  expect(checkedPreferences(stored)).toMatchObject({ theme: 'dark', snapshots: [] });
});
