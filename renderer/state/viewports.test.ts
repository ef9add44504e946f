import { beforeEach, describe, expect, it } from 'vitest';
import {
  clampViewport,
  FEWEST_TOKENS,
  fit as fitWhole,
  goTo,
  pan,
  setTokens,
  setViewport,
  viewport,
  viewportsStore,
  zoomAbout,
  zoomedAbout,
} from './viewports.ts';

beforeEach(() => {
  viewportsStore.setState(viewportsStore.getInitialState(), true);
  setTokens(8192);
});

describe('viewports', () => {
  it('keep the token under the pointer where it is', () => {
    const before = { q0: 1000, q1: 5000, k0: 1000, k1: 5000 };
    const [q, k] = [3000, 2000];
    const after = zoomedAbout(before, 0.5, q, k, 8192);
    const share = (value: number, low: number, high: number) => (value - low) / (high - low);
    expect(share(q, after.q0, after.q1)).toBeCloseTo(share(q, before.q0, before.q1), 12);
    expect(share(k, after.k0, after.k1)).toBeCloseTo(share(k, before.k0, before.k1), 12);
    expect(after.q1 - after.q0).toBeCloseTo(2000, 9);
  });

  it('come back exactly after zooming in and out about the same point', () => {
    setViewport('main', { q0: 1000.25, q1: 3000.25, k0: 500.5, k1: 2500.5 });
    for (let step = 0; step < 5; step += 1) zoomAbout('main', 0.8, 2000, 1500);
    for (let step = 0; step < 5; step += 1) zoomAbout('main', 1 / 0.8, 2000, 1500);
    expect(viewport().q0).toBeCloseTo(1000.25, 6);
    expect(viewport().k1).toBeCloseTo(2500.5, 6);
  });

  it('stop at the closest zoom and at the whole matrix', () => {
    for (let step = 0; step < 60; step += 1) zoomAbout('main', 0.5, 4096, 4096);
    expect(viewport().q1 - viewport().q0).toBeCloseTo(FEWEST_TOKENS, 6);
    for (let step = 0; step < 60; step += 1) zoomAbout('main', 2, 4096, 4096);
    expect(viewport()).toEqual({ q0: 0, q1: 8192, k0: 0, k1: 8192 });
  });

  it('stay inside the matrix with their size', () => {
    expect(clampViewport({ q0: -50, q1: 50, k0: 8150, k1: 8250 }, 8192)).toEqual({ q0: 0, q1: 100, k0: 8092, k1: 8192 });
    expect(clampViewport({ q0: -5, q1: 9000, k0: 0, k1: 10 }, 8192)).toEqual({ q0: 0, q1: 8192, k0: 0, k1: 10 });
  });

  it('pan by their own size, and move apart where their names differ', () => {
    setViewport('a', { q0: 1000, q1: 2000, k0: 1000, k1: 3000 });
    setViewport('b', { q0: 0, q1: 100, k0: 0, k1: 100 });
    pan('a', 0.1, -0.25);
    expect(viewport('a')).toEqual({ q0: 1100, q1: 2100, k0: 500, k1: 2500 });
    expect(viewport('b')).toEqual({ q0: 0, q1: 100, k0: 0, k1: 100 });
  });

  it('go to a position and zoom in only', () => {
    goTo('main', 4000, 3000, 256);
    expect(viewport()).toEqual({ q0: 3872, q1: 4128, k0: 2872, k1: 3128 });
    goTo('main', 4000, 3000, 1024);
    expect(viewport().q1 - viewport().q0).toBe(256);
    fitWhole();
    expect(viewport()).toEqual({ q0: 0, q1: 8192, k0: 0, k1: 8192 });
  });

  it('start over with a run of another length, and stay with one of the same', () => {
    setViewport('main', { q0: 10, q1: 20, k0: 10, k1: 20 });
    setTokens(8192);
    expect(viewport().q0).toBe(10);
    setTokens(100);
    expect(viewport()).toEqual({ q0: 0, q1: 100, k0: 0, k1: 100 });
  });
});
