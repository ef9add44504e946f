import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Comparison } from '../../engine/protocol/whole_model.ts';
import { comparisonsStore } from '../state/comparisons.ts';
import { applyPatterns, configStore, loadUniform } from '../state/config_document.ts';
import { connectFake, fakeRun } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { jobsStore } from '../state/jobs.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { CompareView } from './CompareView.tsx';
import { comparisonFacts, klText, speedWords, verdict } from './comparison_facts.ts';

const RESULT: Comparison = {
  layers: [
    { denseMs: 40, sparseMs: 8, indexMs: 2, tiles: 20, causal: 100, ranDense: [], hidden: { relL2: 0.01, lastRelL2: 0.02 } },
    { denseMs: 60, sparseMs: 32, indexMs: 8, tiles: 60, causal: 100, ranDense: [1, 3], hidden: { relL2: 0.03, lastRelL2: 0.04 } },
  ],
  logits: { maxAbs: 0.25, kl: 0.0000031, top1Same: true, dense: [{ id: 5, probability: 0.9 }], sparse: [{ id: 5, probability: 0.88 }] },
  tail: { rows: 64, meanKl: 0.001, maxKl: 0.02, maxKlRow: 200, top1Same: 63 },
  repeats: 1,
  threads: 2,
  denseMs: 150,
  sparseMs: 100,
  notes: [],
};
const PATTERN = { kind: 'vertical_slash', verticals: 100, slashes: 300 } as const;

beforeEach(() => {
  addRun(fakeRun(), 'test run');
  showRun('run-1');
  loadUniform(2, 4, PATTERN, 'tuned');
});
afterEach(() => {
  cleanup();
  for (const store of [comparisonsStore, configStore, focusStore, jobsStore, libraryStore]) {
    store.setState(store.getInitialState() as never, true);
  }
});

describe('the facts of a comparison', () => {
  it('add the index to the sparse time', () => {
    const facts = comparisonFacts(RESULT, 4);
    expect(facts).toMatchObject({
      denseMs: 100,
      sparseMs: 40,
      indexMs: 10,
      speedup: 2,
      prefillSpeedup: 1.5,
      tiles: 0.4,
      ranDense: 2,
      heads: 8,
    });
    expect(facts.longestMs).toBe(60);
  });

  it('say which is faster, by how much, or neither', () => {
    expect(verdict(RESULT, comparisonFacts(RESULT, 4))).toEqual({
      title: 'Sparse attention is 2.00× faster than dense',
      detail: 'Attention takes 50.0 ms against 100 ms dense. The whole prefill is 1.50× faster: 100 ms against 150 ms.',
    });
    expect(speedWords(0.5)).toBe('2.00× slower');
    expect(speedWords(1.01)).toBe('as fast');
  });

  it('write small divergences as powers of ten', () => {
    expect(klText(0)).toBe('0');
    expect(klText(0.0123)).toBe('0.012');
    expect(klText(0.0000031)).toBe('3.1×10⁻⁶');
  });
});

const written = { 'config.write': async () => ({ text: '{}', notes: [] }) };

describe('the comparison', () => {
  it('has one action before the first run, then shows what came', async () => {
    const fake = connectFake({ ...written, 'run.compare': async () => RESULT });
    render(<CompareView />);
    fireEvent.click(screen.getByRole('button', { name: /Run the prefill with this config/ }));
    await waitFor(() => expect(screen.getByRole('heading', { name: 'Sparse attention is 2.00× faster than dense' })).toBeTruthy());
    expect(fake.calls.find(({ method }) => method === 'run.compare')?.params).toEqual({ runId: 'run-1', config: '{}' });
    expect(screen.getByRole('row', { name: /L1/ }).textContent).toContain('2 of 4');
    expect(screen.queryByText('config changed since')).toBeNull();
  });

  it('is stale after an edit, and not after it is taken back by value', async () => {
    connectFake({ ...written, 'run.compare': async () => RESULT });
    render(<CompareView />);
    fireEvent.click(screen.getByRole('button', { name: /Run the prefill/ }));
    await waitFor(() => screen.getByRole('heading', { name: /faster/ }));
    act(() => applyPatterns([{ layer: 0, head: 0, pattern: { kind: 'dense' } }], 'hand', 'edit'));
    expect(screen.getByText('config changed since')).toBeTruthy();
    act(() => applyPatterns([{ layer: 0, head: 0, pattern: PATTERN }], 'hand', 'edit back'));
    expect(screen.queryByText('config changed since')).toBeNull();
  });

  it('shows progress, and a cancel leaves it as it was', async () => {
    connectFake({
      ...written,
      'run.compare': async (_params, context) => {
        context.progress({ done: 1, total: 4, unit: 'layer', note: 'dense' });
        await new Promise((_resolve, reject) => {
          context.signal.addEventListener('abort', () => reject(Object.assign(new Error('cancelled'), { code: 'CANCELLED' })));
        });
        return RESULT;
      },
    });
    render(<CompareView />);
    fireEvent.click(screen.getByRole('button', { name: /Run the prefill/ }));
    await waitFor(() => expect(screen.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('25'));
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.getByRole('button', { name: /Run the prefill/ })).toBeTruthy());
    expect(screen.queryByRole('alert')).toBeNull();
  });

  it('says the engine’s sentence where it fails and keeps the result before', async () => {
    let fails = false;
    connectFake({
      ...written,
      'run.compare': async () => {
        if (fails) throw Object.assign(new Error('4.0 GiB asked, 1.2 GiB free.'), { code: 'OUT_OF_MEMORY' });
        return RESULT;
      },
    });
    render(<CompareView />);
    fireEvent.click(screen.getByRole('button', { name: /Run the prefill/ }));
    await waitFor(() => screen.getByRole('heading', { name: /faster/ }));
    fails = true;
    fireEvent.click(screen.getByRole('button', { name: 'Run again' }));
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('4.0 GiB asked'));
    expect(screen.getByRole('heading', { name: /faster/ })).toBeTruthy();
  });

  it('says why a capture cannot be run again', () => {
    libraryStore.setState({ runs: [] });
    addRun(fakeRun({ kind: 'capture' }), 'captured');
    render(<CompareView />);
    const button = screen.getByRole('button', { name: /Run the prefill/ });
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(button.getAttribute('aria-description')).toContain('capture');
  });
});
