import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { Comparison } from '../../engine/protocol/whole_model.ts';
import { setHost } from '../host/current.ts';
import { FakeBridge } from '../host/fake_bridge.fixture.ts';
import { comparisonSetupStore } from '../state/comparison_setup.ts';
import { comparisonsStore } from '../state/comparisons.ts';
import { applyPatterns, configStore, loadUniform } from '../state/config_document.ts';
import { connectFake, fakeRun } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { jobsStore } from '../state/jobs.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { referenceStore, setReference } from '../state/reference.ts';
import { CompareView } from './CompareView.tsx';
import { comparisonFacts, smallText, speedWords, verdict } from './comparison_facts.ts';

const RESULT: Comparison = {
  layers: [
    { denseMs: 40, sparseMs: 8, indexMs: 2, tiles: 20, causal: 100, ranDense: [], hidden: { relL2: 0.01, lastRelL2: 0.02 } },
    { denseMs: 60, sparseMs: 32, indexMs: 8, tiles: 60, causal: 100, ranDense: [1, 3], hidden: { relL2: 0.03, lastRelL2: 0.04 } },
  ],
  logits: {
    maxAbs: 0.25,
    kl: 0.0000031,
    top1Same: true,
    dense: [
      { id: 5, probability: 0.9 },
      { id: 7, probability: 0.05 },
    ],
    sparse: [
      { id: 5, probability: 0.88 },
      { id: 9, probability: 0.06 },
    ],
  },
  tail: { rows: 64, meanKl: 0.001, maxKl: 0.02, maxKlRow: 200, top1Same: 63 },
  repeats: 1,
  threads: 2,
  denseMs: 150,
  sparseMs: 100,
  notes: [],
};
const PATTERN = { kind: 'vertical_slash', verticals: 100, slashes: 300 } as const;

let saved: FakeBridge['saved'] = [];

beforeEach(() => {
  const bridge = new FakeBridge();
  saved = bridge.saved;
  setHost(bridge);
  addRun(fakeRun(), 'test run');
  showRun('run-1');
  loadUniform(2, 4, PATTERN, 'tuned');
});
afterEach(() => {
  cleanup();
  for (const store of [comparisonSetupStore, comparisonsStore, configStore, focusStore, jobsStore, libraryStore, referenceStore]) {
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

  it('say which is faster, by how much, and whether the last rows agree', () => {
    const facts = comparisonFacts(RESULT, 4);
    expect(verdict(RESULT, facts, { a: null, b: 'tuned' })).toEqual({
      title: 'Sparse attention is 2.00× faster than dense and predicts another token on 1 of the last 64 rows',
      detail:
        'Attention takes 50.0 ms against 100 ms. The whole prefill is 1.50× faster: 100 ms against 150 ms. The rest of it is the same work and took 50.0 ms against 50.0 ms: trust times to ±0.00 ms.',
    });
    const agreeing = { ...RESULT, tail: { ...RESULT.tail, top1Same: 64 } };
    expect(verdict(agreeing, { ...facts, speedup: 1.01 }, { a: 'published', b: 'tuned' }).title).toBe(
      'Attention under tuned is as fast as under published and predicts the same token on all 64 last rows',
    );
    // The same work took 50 ms on one side and 110 on the other: attention's 50 ms are no finding.
    const noisy = comparisonFacts({ ...RESULT, sparseMs: 160 }, 4);
    expect(noisy.noiseMs).toBe(60);
    expect(verdict(RESULT, noisy, { a: null, b: 'tuned' }).title).toMatch(/^Sparse attention is as fast as dense within noise and /);
    expect(speedWords(0.5)).toBe('2.00× slower');
    expect(speedWords(1.01)).toBe('as fast');
  });

  it('find the layer of most drift, or none where the states were not compared', () => {
    expect(comparisonFacts(RESULT, 4).mostDrift).toEqual({ layer: 1, relL2: 0.03 });
    const unknown = { ...RESULT, layers: RESULT.layers.map((layer) => ({ ...layer, hidden: null })) };
    expect(comparisonFacts(unknown, 4).mostDrift).toBeNull();
  });

  it('write small divergences as powers of ten', () => {
    expect(smallText(0)).toBe('0');
    expect(smallText(0.0123)).toBe('0.012');
    expect(smallText(0.0000031)).toBe('3.1×10⁻⁶');
  });
});

const written = { 'config.write': async () => ({ text: '{}', notes: [] }) };

describe('the comparison', () => {
  it('has one action before the first run, then shows what came', async () => {
    const fake = connectFake({ ...written, 'run.compare': async () => RESULT });
    render(<CompareView />);
    fireEvent.click(screen.getByRole('button', { name: /Run the prefill with this config/ }));
    await waitFor(() => expect(screen.getByRole('heading', { name: /^Sparse attention is 2.00× faster than dense/ })).toBeTruthy());
    expect(fake.calls.find(({ method }) => method === 'run.compare')?.params).toEqual({ runId: 'run-1', config: '{}', repeats: 1 });
    expect(screen.getByRole('row', { name: /L1/ }).textContent).toContain('2 of 4');
    expect(screen.queryByText('config changed since')).toBeNull();
  });

  it('sets the next tokens of both sides beside each other, and the drift after each layer', async () => {
    libraryStore.setState(({ runs }) => ({
      runs: runs.map((run) => ({ ...run, source: { method: 'run.prefill', params: { model: 'bundled:demo', prompt: { text: 'x' } } } })),
    }));
    const texts: Record<number, string> = { 5: ' yes', 7: '\n', 9: '<b>' };
    const fake = connectFake({
      ...written,
      'run.compare': async () => RESULT,
      'tokenizer.decode': async ({ ids }) => ({ texts: ids.map((id) => texts[id] ?? '') }),
    });
    render(<CompareView />);
    fireEvent.click(screen.getByRole('button', { name: /Run the prefill/ }));
    const tokens = await screen.findByRole('table', { name: /next tokens/ });
    await waitFor(() => expect(tokens.textContent).toContain('·yes'));
    expect(fake.calls.find(({ method }) => method === 'tokenizer.decode')?.params).toEqual({ model: 'bundled:demo', ids: [5, 7, 9] });
    const [, first, second] = within(tokens).getAllByRole('row');
    expect([...first!.children].map((cell) => cell.textContent)).toEqual(['1', '·yes', '0.900', '·yes', '0.880', '1']);
    expect([...second!.children].map((cell) => cell.textContent)).toEqual(['2', '⏎', '0.050', '<b>', '0.060', '> 2']);
    expect(screen.getByRole('row', { name: /^L1/ }).textContent).toContain('3.00 %4.00 %');
    expect(screen.getByText('KL, last 64 rows').nextElementSibling?.textContent).toContain('0.001');
  });

  it('runs against another config, several times, and says which', async () => {
    const fake = connectFake({
      'config.write': async ({ origins }) => ({ text: origins[0]?.[0] === null ? 'of the file' : 'of the document', notes: [] }),
      'run.compare': async ({ repeats }) => ({ ...RESULT, repeats: repeats ?? 1 }),
    });
    const layer = (pattern: Pattern) => Array.from({ length: 4 }, () => pattern);
    const patterns = [layer(PATTERN), layer({ kind: 'dense' })];
    setReference('published.json', {
      format: 'minference',
      layers: 2,
      heads: 4,
      patterns,
      scores: patterns.map((row) => row.map(() => null)),
      origins: patterns.map((row) => row.map(() => null)),
      notes: [],
    });
    render(<CompareView />);
    fireEvent.click(screen.getByRole('combobox', { name: 'Compared with' }));
    fireEvent.click(screen.getByRole('option', { name: /published.json/ }));
    fireEvent.click(screen.getByRole('radio', { name: 'median of 3 runs' }));
    fireEvent.click(screen.getByRole('button', { name: /Run the prefill/ }));
    await waitFor(() => screen.getByRole('heading', { name: /^Attention under tuned is 2.00× faster than under published.json/ }));
    const asked = fake.calls.find(({ method }) => method === 'run.compare')?.params;
    expect(asked).toEqual({ runId: 'run-1', config: 'of the document', baseline: 'of the file', repeats: 3 });
    expect(fake.calls.find(({ method }) => method === 'config.write')?.params).toMatchObject({ to: 'headscope' });
    expect(screen.getByText(/medians of 3 runs of each, in turns/)).toBeTruthy();
  });

  it('goes out as JSON with both sides, and its layers as CSV', async () => {
    connectFake({ ...written, 'run.compare': async () => RESULT });
    render(<CompareView />);
    fireEvent.click(screen.getByRole('button', { name: /Run the prefill/ }));
    await waitFor(() => screen.getByRole('heading', { name: /faster/ }));
    for (const item of [/JSON/, /CSV/]) {
      fireEvent.click(screen.getByRole('button', { name: 'Export comparison' }));
      fireEvent.click(screen.getByRole('menuitem', { name: item }));
    }
    await waitFor(() => expect(saved).toHaveLength(2));
    expect(saved.map(({ name }) => name)).toEqual(['tuned against dense.comparison.json', 'tuned against dense.layers.csv']);
    expect(JSON.parse(saved[0]!.text)).toMatchObject({
      a: { name: 'dense' },
      b: { name: 'tuned', patterns: [Array(4).fill(PATTERN), Array(4).fill(PATTERN)] },
      result: RESULT,
    });
    const lines = saved[1]!.text.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('1,60,32,8,60,100,2,0.03,0.04');
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

  it('shows progress, and after a cancel where it was stopped', async () => {
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
    expect(screen.getByRole('progressbar', { name: 'Cancelled comparison' }).getAttribute('aria-valuenow')).toBe('25');
    expect(screen.getByText(/at layer 1 of 4/)).toBeTruthy();
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
