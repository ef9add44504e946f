// One head in the inspector: its numbers, its budgets, the curve, and what it says without a surface.
import { act, cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configStore, undo } from '../state/config_document.ts';
import { connectFake } from '../state/fake_client.fixture.ts';
import { Inspector } from './Inspector.tsx';
import { evaluation, exact, openHead, START, shown } from './inspector.fixture.ts';

let releaseSurfaces: () => void;

beforeEach(() => {
  ({ releaseSurfaces } = openHead());
});
afterEach(() => {
  cleanup();
  releaseSurfaces();
});

const value = (label: string) => {
  const list = screen.getByLabelText('Numbers of this budget');
  return within(list).getByText(label).nextElementSibling?.textContent;
};
const withSurface = async () => {
  releaseSurfaces();
  await waitFor(() => expect(screen.getByText('Exact')).toBeDefined());
};

describe('the inspector of a head', () => {
  it('names the head and says what its numbers are before and after the surface is there', async () => {
    render(<Inspector />);
    expect(screen.getByRole('heading', { name: 'L1 H3' })).toBeDefined();
    expect(screen.getByText('KV group 1')).toBeDefined();
    expect(value('Recall')).toBe('–');
    await waitFor(() => expect(value('Recall')).toBe('0.500'));
    expect(screen.getByText(/^measured, surface/)).toBeDefined();
    await withSurface();
    expect(value('Recall')).toBe(exact().recall.toFixed(3));
    expect(value('Missed')).toBe(`${(100 * exact().missed).toFixed(1)}%`);
    expect(value('Tiles kept')).toBe(`${(100 * exact().executed).toFixed(1)}%`);
  });

  it('moves from edge to edge, with the numbers of the new budget in the same render, and commits once', async () => {
    render(<Inspector />);
    await withSurface();
    const slider = screen.getByRole('slider', { name: 'Slash diagonals' });
    fireEvent.keyDown(slider, { key: 'ArrowRight' });
    expect(shown()).toEqual({ ...START, slashes: 128 });
    expect(slider.getAttribute('aria-valuenow')).toBe('128');
    expect(value('Recall')).toBe(exact().recall.toFixed(3));
    expect(screen.getByText('live')).toBeDefined();
    fireEvent.keyDown(slider, { key: 'ArrowRight' });
    fireEvent.keyDown(slider, { key: 'End' });
    expect(configStore.getState().past).toHaveLength(0);
    fireEvent.keyDown(slider, { key: 'Enter' });
    expect(configStore.getState().live).toBeNull();
    expect(configStore.getState().past).toHaveLength(1);
    expect(configStore.getState().entries[1]?.[3]).toMatchObject({ pattern: { ...START, slashes: 256 }, origin: 'hand' });
    act(undo);
    expect(shown()).toEqual(START);
  });

  it('reverts with Escape and by its link, and never goes below what the engine runs', async () => {
    render(<Inspector />);
    await withSurface();
    const slider = screen.getByRole('slider', { name: 'Vertical columns' });
    expect(slider.getAttribute('aria-valuemin')).toBe('30');
    fireEvent.keyDown(slider, { key: 'PageUp' });
    fireEvent.keyDown(slider, { key: 'Escape' });
    expect(configStore.getState().live).toBeNull();
    fireEvent.keyDown(slider, { key: 'ArrowRight' });
    fireEvent.click(screen.getByRole('button', { name: 'Revert to 30 / 100' }));
    expect(shown()).toEqual(START);
    fireEvent.keyDown(slider, { key: 'Home' });
    expect(shown()).toEqual(START);
  });

  it('takes a typed number to the nearest exact budget', async () => {
    render(<Inspector />);
    await withSurface();
    const field = screen.getByRole('textbox', { name: 'Slash diagonals, number' });
    fireEvent.change(field, { target: { value: '190' } });
    fireEvent.blur(field);
    expect(shown()).toEqual({ ...START, slashes: 200 });
    expect(configStore.getState().live).not.toBeNull();
  });

  it('shows another kind as a live edit and comes back to the same budgets', async () => {
    render(<Inspector />);
    await withSurface();
    fireEvent.click(screen.getByRole('radio', { name: 'A-shape' }));
    expect(shown()?.kind).toBe('a_shape');
    expect(screen.getByRole('slider', { name: 'Local window' })).toBeDefined();
    expect(screen.getByRole('button', { name: 'Revert to Vertical-Slash' })).toBeDefined();
    fireEvent.click(screen.getByRole('radio', { name: 'Vertical-Slash' }));
    expect(configStore.getState().live).toBeNull();
  });

  it('walks the frontier with the point of the curve', async () => {
    render(<Inspector />);
    await withSurface();
    const point = await screen.findByRole('slider', { name: 'Budget along the frontier' });
    const before = exact();
    fireEvent.keyDown(point, { key: 'ArrowRight' });
    expect(exact().executed).toBeGreaterThan(before.executed);
    expect(exact().recall).toBeGreaterThan(before.recall);
    fireEvent.keyDown(point, { key: 'Enter' });
    expect(configStore.getState().past).toHaveLength(1);
  });

  it('says why there is no surface and lets it be asked again', async () => {
    connectFake({
      'pattern.surface': async () => {
        throw new Error('no room');
      },
      'pattern.evaluate': async ({ pattern, repeats = 1 }) => ({ ...evaluation(pattern), repeats }),
    });
    render(<Inspector />);
    await waitFor(() => expect(screen.getByText('no surface')).toBeDefined());
    expect(value('Recall')).toBe('0.500');
    expect(screen.getByRole('button', { name: 'Try again' })).toBeDefined();
  });
});
