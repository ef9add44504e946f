import { describe, expect, it } from 'vitest';
import { MIN_HEIGHT, MIN_WIDTH, openingFor } from './window_state.ts';

const laptop = { x: 0, y: 25, width: 1440, height: 850 };
const monitor = { x: 1440, y: 0, width: 2560, height: 1400 };
const state = (bounds: object, maximized = false) => ({ bounds, maximized });

describe('where the window opens', () => {
  it('is where it was, on whichever screen', () => {
    const bounds = { x: 1600, y: 100, width: 1500, height: 1000 };
    expect(openingFor(state(bounds, true), [laptop, monitor])).toEqual({ bounds, maximized: true });
  });

  it('is centred where the screen is gone', () => {
    const bounds = { x: 1600, y: 100, width: 1200, height: 800 };
    expect(openingFor(state(bounds), [laptop])).toEqual({ bounds: { width: 1200, height: 800 }, maximized: false });
  });

  it('is centred where the title bar would be out of reach', () => {
    for (const bounds of [
      { x: 100, y: -300, width: 1000, height: 700 },
      { x: 1400, y: 100, width: 1000, height: 700 },
      { x: -950, y: 100, width: 1000, height: 700 },
      { x: 100, y: 870, width: 1000, height: 700 },
    ]) {
      expect(openingFor(state(bounds), [laptop]).bounds).toEqual({ width: 1000, height: 700 });
    }
  });

  it('is never smaller than the layout allows nor larger than the screen', () => {
    expect(openingFor(state({ x: 10, y: 30, width: 200, height: 100 }), [laptop]).bounds).toMatchObject({
      width: MIN_WIDTH,
      height: MIN_HEIGHT,
    });
    expect(openingFor(state({ x: 10, y: 30, width: 5000, height: 5000 }), [laptop]).bounds).toMatchObject({ width: 1440, height: 850 });
    expect(openingFor(undefined, [{ x: 0, y: 0, width: 800, height: 500 }]).bounds).toEqual({ width: MIN_WIDTH, height: MIN_HEIGHT });
  });

  it('takes nonsense for nothing remembered', () => {
    for (const nonsense of [undefined, null, 'x', {}, state({ x: 0.5, y: 0, width: 1000, height: 700 }), state({ x: 0, y: 0 })]) {
      expect(openingFor(nonsense, [laptop])).toEqual({ bounds: { width: 1440, height: 850 }, maximized: false });
    }
  });
});
