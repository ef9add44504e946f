import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeadscopeError } from '../../engine/protocol/errors.ts';
import type { HeadScores } from '../../engine/protocol/records.ts';
import { configStore, entryOf, loadUniform, undo } from './config_document.ts';
import { connectionStore } from './connection.ts';
import { connectFake, fakeRun } from './fake_client.fixture.ts';
import { focusStore } from './focus.ts';
import { endJobsOf, jobsStore, moveJobs, resumeJob } from './jobs.ts';
import { addRun, libraryStore, showRun } from './library.ts';
import { noticesStore } from './notices.ts';
import { runDocumentsStore } from './run_documents.ts';
import { applyWinners, dropSearches, moveSearches, searchesStore, searchHeads, searchKey, unsearched, winnersToApply } from './searches.ts';

const places = [
  { layer: 0, head: 0 },
  { layer: 0, head: 2 },
  { layer: 1, head: 1 },
];

/** An engine that scores `upTo` heads of a call and then fails, where it is said to. */
let upTo = Number.POSITIVE_INFINITY;
const asked: string[] = [];

function scores(layer: number, head: number): HeadScores {
  const pattern = { kind: 'vertical_slash' as const, verticals: 500, slashes: 700 };
  const other = { kind: 'vertical_slash' as const, verticals: 30, slashes: 800 };
  const candidates = [
    { pattern: other, deployed: other, recall: 0.8, density: 0.1 },
    { pattern, deployed: pattern, recall: 0.97, density: 0.2 },
  ];
  const measured = { recall: 0.95, minRecall: null, nominal: 0.1, executed: 0.2 };
  return { layer, head, procedure: 'released', targetRecall: null, candidates, winner: 1, deployed: pattern, measured, elapsedMs: 1 };
}

beforeEach(() => {
  upTo = Number.POSITIVE_INFINITY;
  asked.length = 0;
  connectFake({
    'search.run': async ({ layers = [], heads = [] }, { event, progress, signal }) => {
      let done = 0;
      for (const layer of layers) {
        for (const head of heads) {
          if (signal.aborted) throw new HeadscopeError('CANCELLED', 'cancelled');
          if (done >= upTo) throw new HeadscopeError('BACKEND_LOST', 'The engine stopped.');
          asked.push(`${layer}/${head}`);
          event(scores(layer, head));
          done += 1;
          progress({ done, total: layers.length * heads.length, unit: 'head', note: '' });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
      return {
        text: '',
        winners: [],
        heads: done,
        medianRecall: 0.97,
        meanDensity: 0.2,
        scoredFrom: 16,
        rows: 256,
        skipped: [],
        notes: [],
        elapsedMs: 1,
      };
    },
  });
  loadUniform(2, 4, { kind: 'vertical_slash', verticals: 100, slashes: 200 }, 'start');
  addRun(fakeRun({ runId: 'a' }), 'first');
  addRun(fakeRun({ runId: 'b' }), 'second');
  showRun('a');
});
afterEach(() => {
  for (const store of [configStore, connectionStore, focusStore, jobsStore, libraryStore, noticesStore, runDocumentsStore, searchesStore]) {
    store.setState(store.getInitialState() as never, true);
  }
});

const job = () => jobsStore.getState().jobs.at(-1);

describe('searches', () => {
  it('ask layers with the same heads in one call, and keep what every head scored', async () => {
    await searchHeads('a', places)?.result;
    expect(asked.sort()).toEqual(['0/0', '0/2', '1/1']);
    expect(unsearched('a', places)).toEqual([]);
    expect(searchesStore.getState()).toMatchObject({ running: {}, ground: { a: { scoredFrom: 16, rows: 256 } } });
    expect(searchesStore.getState().found[searchKey('a', { layer: 1, head: 1 })]?.winner).toBe(1);
  });

  it('search a head once however often it is asked', async () => {
    const first = searchHeads('a', places);
    expect(searchHeads('a', places)).toBeNull();
    const rest = searchHeads('a', [...places, { layer: 1, head: 3 }]);
    await Promise.all([first?.result, rest?.result]);
    expect(asked).toHaveLength(4);
  });

  it('keep what was scored before a cancel, and are free to be searched again', async () => {
    const running = searchHeads('a', places);
    await expect.poll(() => asked.length).toBeGreaterThan(0);
    running?.cancel();
    await expect(running?.result).rejects.toThrow();
    expect(job()?.state).toBe('cancelled');
    expect(searchesStore.getState().running).toEqual({});
    expect(unsearched('a', places).length).toBeLessThan(3);
  });

  it('stop with the engine and go on with what is missing, on the run that took its place', async () => {
    upTo = 1;
    await expect(searchHeads('a', places)?.result).rejects.toThrow();
    const stopped = job();
    expect(stopped).toMatchObject({ state: 'stopped', error: null });
    const before = [...asked];
    upTo = Number.POSITIVE_INFINITY;
    moveSearches('a', 'b');
    moveJobs('a', 'b');
    const moved = job();
    if (moved) resumeJob(moved);
    await expect.poll(() => job()?.state).toBe('done');
    expect(asked.filter((place) => before.includes(place))).toEqual(before);
    expect(unsearched('b', places)).toEqual([]);
    expect(unsearched('a', places)).toEqual(places);
  });

  it('offer winners that differ, which are applied as one undoable step of their own run', async () => {
    await searchHeads('a', places)?.result;
    await expect.poll(() => noticesStore.getState().notices.length).toBe(1);
    showRun('b');
    expect(winnersToApply('a', places)).toHaveLength(3);
    applyWinners('a', places);
    expect(focusStore.getState().runId).toBe('a');
    expect(entryOf(configStore.getState(), { layer: 0, head: 0 })).toMatchObject({ origin: 'searched', score: 0.97 });
    expect(configStore.getState().past).toHaveLength(1);
    expect(winnersToApply('a', places)).toEqual([]);
    undo();
    expect(entryOf(configStore.getState(), { layer: 0, head: 0 })?.origin).toBe('default');
  });

  it('end with their run', async () => {
    const running = searchHeads('a', places);
    endJobsOf('a');
    await expect(running?.result).rejects.toThrow();
    dropSearches('a');
    expect(searchesStore.getState().found).toEqual({});
    expect(job()?.state).toBe('cancelled');
  });
});
