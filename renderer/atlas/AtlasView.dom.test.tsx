// The atlas over stores and a FakeClient: what it says, and what pointer and keys do.
import { act, cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { applyPatterns, configStore, loadUniform } from '../state/config_document.ts';
import { connectFake, fakeRun } from '../state/fake_client.fixture.ts';
import { focusStore } from '../state/focus.ts';
import { jobsStore } from '../state/jobs.ts';
import { addRun, libraryStore, showRun } from '../state/library.ts';
import { measurementsStore, recordMeasurements } from '../state/measurements.ts';
import { measureHeads } from '../state/measuring.ts';
import { searchesStore } from '../state/searches.ts';
import { selectionStore } from '../state/selection.ts';
import { AtlasView } from './AtlasView.tsx';

const PATTERN = { kind: 'vertical_slash', verticals: 100, slashes: 300 } as const;
const [LAYERS, HEADS] = [3, 4];
/** Layer 1 head 2 is the worst. */
const recallOf = (layer: number, head: number) => (layer === 1 && head === 2 ? 0.7 : 0.99 - 0.01 * layer - 0.001 * head);

function measureAll(): void {
  const found = Array.from({ length: LAYERS * HEADS }, (_, index) => {
    const [layer, head] = [Math.floor(index / HEADS), index % HEADS];
    const recall = recallOf(layer, head);
    return { layer, head, measurement: { pattern: PATTERN, recall, missed: 1 - recall, minRecall: 0, nominal: 0.1, executed: 0.25 } };
  });
  recordMeasurements('run-1', found);
}

beforeEach(() => {
  const info = fakeRun({ layers: LAYERS, heads: HEADS });
  addRun(info, 'test run');
  showRun(info.runId);
  loadUniform(LAYERS, HEADS, PATTERN, 'test');
});
afterEach(() => {
  cleanup();
  for (const store of [configStore, focusStore, jobsStore, libraryStore, measurementsStore, searchesStore, selectionStore]) {
    store.setState(store.getInitialState() as never, true);
  }
});

/** jsdom lays nothing out: give the scroller a size so that rows are on screen. */
function renderAtlas() {
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(800);
  vi.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  return render(<AtlasView />);
}
afterEach(() => vi.restoreAllMocks());

const cell = (layer: number, head: number) => screen.getByRole('gridcell', { name: new RegExp(`^Layer ${layer} head ${head},`) });

describe('the atlas', () => {
  it('states the facts of the measured heads', () => {
    measureAll();
    renderAtlas();
    const all = Array.from({ length: LAYERS * HEADS }, (_, index) => recallOf(Math.floor(index / HEADS), index % HEADS));
    const mean = all.reduce((sum, recall) => sum + recall, 0) / all.length;
    expect(screen.getByText(mean.toFixed(3))).toBeTruthy();
    expect(screen.getByRole('button', { name: 'Open layer 1 head 2' })).toBeTruthy();
    expect(screen.getByText('of 12 heads')).toBeTruthy();
    expect(screen.getByText('Vertical-Slash 12')).toBeTruthy();
  });

  it('is an ARIA grid with one cell in the tab order and a label a cell', () => {
    measureAll();
    renderAtlas();
    const grid = screen.getByRole('grid');
    expect(grid.getAttribute('aria-rowcount')).toBe('3');
    expect(grid.getAttribute('aria-colcount')).toBe('4');
    const cells = screen.getAllByRole('gridcell');
    expect(cells).toHaveLength(12);
    expect(cells.filter((each) => each.tabIndex === 0)).toHaveLength(1);
    expect(cell(1, 2).getAttribute('aria-label')).toBe('Layer 1 head 2, Vertical-Slash 100 / 300, recall 0.700, missed 30.0 %');
  });

  it('moves by arrows, selects by Space, extends by Shift and opens by Enter', () => {
    measureAll();
    renderAtlas();
    act(() => cell(0, 0).focus());
    const grid = screen.getByRole('grid');
    fireEvent.keyDown(grid, { key: 'ArrowRight' });
    expect(document.activeElement).toBe(cell(0, 1));
    fireEvent.keyDown(grid, { key: ' ' });
    expect(selectionStore.getState().heads).toEqual([{ layer: 0, head: 1 }]);
    fireEvent.keyDown(grid, { key: 'ArrowDown', shiftKey: true });
    fireEvent.keyDown(grid, { key: 'ArrowRight', shiftKey: true });
    expect(selectionStore.getState().heads).toHaveLength(4);
    expect(cell(1, 2).getAttribute('aria-selected')).toBe('true');
    expect(cell(2, 2).getAttribute('aria-selected')).toBe('false');
    fireEvent.keyDown(grid, { key: 'Enter' });
    expect(focusStore.getState()).toMatchObject({ area: 'map', layer: 1, head: 2 });
  });

  it('opens the head that is clicked, and selects with Ctrl', () => {
    measureAll();
    renderAtlas();
    const target = cell(1, 1);
    const [, x, y] = /translate\((\d+)px, (\d+)px\)/.exec(target.style.transform) ?? [];
    const at = { clientX: Number(x) + 3, clientY: Number(y) + 3, button: 0, pointerId: 1 };
    fireEvent.pointerDown(target, at);
    fireEvent.pointerUp(target, { ...at, ctrlKey: true });
    expect(selectionStore.getState().heads).toEqual([{ layer: 1, head: 1 }]);
    expect(focusStore.getState().area).toBe('atlas');
    fireEvent.pointerDown(target, at);
    fireEvent.pointerUp(target, at);
    expect(focusStore.getState()).toMatchObject({ area: 'map', layer: 1, head: 1 });
  });

  it('brushes a rectangle of heads', () => {
    measureAll();
    renderAtlas();
    const place = (element: HTMLElement) => {
      const [, x, y] = /translate\((\d+)px, (\d+)px\)/.exec(element.style.transform) ?? [];
      return { clientX: Number(x) + 5, clientY: Number(y) + 5, button: 0, pointerId: 1 };
    };
    const [from, to] = [place(cell(0, 1)), place(cell(1, 3))];
    fireEvent.pointerDown(cell(0, 1), from);
    fireEvent.pointerMove(cell(0, 1), to);
    fireEvent.pointerUp(cell(0, 1), to);
    expect(selectionStore.getState().heads).toHaveLength(6);
    expect(focusStore.getState().area).toBe('atlas');
  });

  it('shows the card of a hovered head after a moment', () => {
    vi.useFakeTimers();
    try {
      measureAll();
      renderAtlas();
      const target = cell(1, 2);
      const [, x, y] = /translate\((\d+)px, (\d+)px\)/.exec(target.style.transform) ?? [];
      fireEvent.pointerMove(target, { clientX: Number(x) + 3, clientY: Number(y) + 3 });
      expect(focusStore.getState().hoverHead).toEqual({ layer: 1, head: 2 });
      expect(screen.queryByText('rank 1 of 12')).toBeNull();
      act(() => vi.advanceTimersByTime(150));
      expect(screen.getByText('rank 1 of 12')).toBeTruthy();
    } finally {
      vi.useRealTimers();
    }
  });

  it('puts the worst head first', () => {
    measureAll();
    renderAtlas();
    fireEvent.click(screen.getByRole('radio', { name: 'Worst first' }));
    expect(screen.getAllByRole('gridcell')[0]?.getAttribute('aria-label')).toMatch(/^Layer 1 head 2,/);
  });

  it('marks what an edit made stale and offers to measure it again', () => {
    measureAll();
    renderAtlas();
    expect(screen.queryByRole('button', { name: /measure/i })).toBeNull();
    act(() => applyPatterns([{ layer: 0, head: 3, pattern: { ...PATTERN, verticals: 200 } }], 'hand', 'edit'));
    expect(cell(0, 3).getAttribute('aria-label')).toContain('stale');
    expect(screen.getByRole('button', { name: 'Re-measure 1 head' })).toBeTruthy();
  });

  it('fills as heads are measured, and says why where that stops', async () => {
    connectFake({
      'run.measure': async (_params, context) => {
        context.event({ layer: 0, head: 0, pattern: PATTERN, recall: 0.9, minRecall: 0.1, nominal: 0.1, executed: 0.2 });
        await new Promise((resolve) => setTimeout(resolve, 80));
        throw Object.assign(new Error('No memory for layer 1.'), { code: 'OUT_OF_MEMORY' });
      },
    });
    renderAtlas();
    expect(cell(0, 0).getAttribute('aria-label')).toContain('not measured');
    act(() => {
      measureHeads('run-1');
    });
    expect(screen.getByText('measuring, 12 heads left')).toBeTruthy();
    await waitFor(() => expect(cell(0, 0).getAttribute('aria-label')).toContain('recall 0.900'));
    await waitFor(() => expect(screen.getByRole('alert').textContent).toContain('No memory for layer 1.'));
    expect(cell(0, 0).getAttribute('aria-label')).toContain('recall 0.900');
    expect(screen.getByRole('button', { name: 'Measure 11 heads' })).toBeTruthy();
  });

  it('says what to do without a run', () => {
    focusStore.setState({ runId: null });
    const onNewRun = vi.fn();
    render(<AtlasView onNewRun={onNewRun} />);
    fireEvent.click(screen.getByRole('button', { name: 'New run' }));
    expect(onNewRun).toHaveBeenCalledOnce();
  });
});
