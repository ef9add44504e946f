import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import { FakeBridge } from '../host/fake_bridge.fixture.ts';
import { type Connection, connectionStore, startConnection } from './connection.ts';
import { jobsStore } from './jobs.ts';
import { requestSurface, type SurfacePlace, surfaceOf, surfacesStore } from './surfaces.ts';

const place: SurfacePlace = { runId: 'run-a', layer: 1, head: 2, kind: 'block_sparse' };
const answer = {
  kind: 'block_sparse',
  axes: [{ name: 'blocks', edges: [1, 2] }],
  recall: [0.5, 1],
  nominal: [0.5, 1],
  executed: [0.5, 1],
  bands: [],
  estimator: { blockSize: 64 },
  elapsedMs: 1,
};
let bridge: FakeBridge;
let connection: Connection;

beforeEach(async () => {
  surfacesStore.setState({ entries: {} });
  jobsStore.setState({ jobs: [] });
  connectionStore.setState(connectionStore.getInitialState(), true);
  bridge = new FakeBridge();
  connection = startConnection(bridge);
  await vi.waitFor(() => expect(connectionStore.getState().status).toBe('ready'));
});
afterEach(() => connection.stop());

const asked = () => bridge.engine.asked.filter(({ method }) => method === 'pattern.surface').length;
const entry = () => surfaceOf(surfacesStore.getState(), place);

describe('surfaces', () => {
  it('ask once for a head and kind, however often they are wanted', async () => {
    bridge.engine.answers.set('pattern.surface', () => answer);
    const [first, second] = await Promise.all([requestSurface(place), requestSurface(place)]);
    expect(first).toBe(second);
    expect(await requestSurface(place)).toBe(first);
    expect(asked()).toBe(1);
    expect(jobsStore.getState().jobs).toHaveLength(1);
    await requestSurface({ ...place, head: 3 });
    expect(asked()).toBe(2);
  });

  it('keep a refusal with its sentence', async () => {
    bridge.engine.answers.set('pattern.surface', () => {
      throw new HeadscopeError('RUN_NOT_FOUND', 'There is no run run-a.');
    });
    await expect(requestSurface(place)).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    expect(entry()).toMatchObject({ status: 'failed', error: 'There is no run run-a.' });
  });

  it('may be asked again after a cancel', async () => {
    bridge.engine.answers.set('pattern.surface', () => new Promise(() => {}));
    const pending = requestSurface(place);
    jobsStore.getState().jobs[0]?.cancel();
    await expect(pending).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(entry()).toMatchObject({ status: 'absent', error: null });
    bridge.engine.answers.set('pattern.surface', () => answer);
    await requestSurface(place);
    expect(entry().status).toBe('ready');
  });
});
