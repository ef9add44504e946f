import { fireEvent } from '@testing-library/react';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { setTokens, viewport, viewportsStore, wholeMatrix } from '../state/viewports.ts';
import { listenToGestures } from './gestures.ts';

const TOKENS = 1024;
const BOX = { left: 0, top: 0, width: 500, height: 500 };
const WHOLE = wholeMatrix(TOKENS);
let map: HTMLElement;
let stop: () => void;

beforeEach(() => {
  viewportsStore.setState(viewportsStore.getInitialState(), true);
  setTokens(TOKENS);
  map = document.createElement('div');
  stop = listenToGestures(map, 'main', { rect: () => BOX, mirrored: () => false }, () => {});
});
afterEach(() => stop());

const place = { clientX: 100, clientY: 400 };
const press = (detail: number) => fireEvent.mouseDown(map, { ...place, detail });
const twice = () => fireEvent.doubleClick(map, { ...place, detail: 2 });

it('closes up to a place that is clicked twice', () => {
  press(1);
  press(2);
  twice();
  const { q0, q1, k0, k1 } = viewport('main');
  expect(q1 - q0).toBeCloseTo(TOKENS / 2);
  expect(k1 - k0).toBeCloseTo(TOKENS / 2);
});

it('stays where it is when only the second of two clicks is on it: the first has opened the map', () => {
  press(2);
  twice();
  expect(viewport('main')).toEqual(WHOLE);
  press(1);
  press(2);
  twice();
  expect(viewport('main')).not.toEqual(WHOLE);
});
