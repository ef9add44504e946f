import { describe, expect, it } from 'vitest';
import { movedCell } from './keyboard.ts';
import { boxOf, cellAt, cellLayout, cellsWithin, GUTTER_RIGHT, namedCells, rowsShown, thumbnailLayout } from './layout.ts';

const LARGE = { cells: 1024, heads: 32, groupSize: 4, byLayer: true };
const SHAPES = [
  ['1,024 heads', cellLayout(LARGE, 872, 640)],
  ['5,120 heads', cellLayout({ cells: 5120, heads: 64, groupSize: 8, byLayer: true }, 872, 640)],
  ['32 heads', cellLayout({ cells: 32, heads: 8, groupSize: 2, byLayer: true }, 872, 640)],
  ['an uneven end', cellLayout({ cells: 29, heads: 8, groupSize: 1, byLayer: false }, 872, 640)],
  ['thumbnails', thumbnailLayout({ ...LARGE, byLayer: false }, 872)],
  ['thumbnails of few heads', thumbnailLayout({ cells: 12, heads: 4, groupSize: 1, byLayer: true }, 872)],
] as const;

describe.each(SHAPES)('the layout of %s', (_, layout) => {
  it('finds every cell again from its own points', () => {
    for (let index = 0; index < layout.cells; index += 1) {
      const { x, y, width, height } = boxOf(layout, index);
      for (const [px, py] of [
        [x, y],
        [x + width / 2, y + height / 2],
        [x + width - 0.5, y + height - 0.5],
      ] as const) {
        expect(cellAt(layout, px, py)).toBe(index);
      }
    }
  });

  it('lays no two cells over each other and stays inside its size', () => {
    for (let index = 0; index < layout.cells; index += 1) {
      const box = boxOf(layout, index);
      if (index % layout.columns > 0) expect(boxOf(layout, index - 1).x + layout.cellWidth).toBeLessThan(box.x);
      if (index >= layout.columns) expect(boxOf(layout, index - layout.columns).y + layout.cellHeight).toBeLessThan(box.y);
      expect(box.x + box.width).toBeLessThanOrEqual(layout.width);
      expect(box.y + box.height + layout.caption).toBeLessThanOrEqual(layout.height);
    }
  });

  it('brushes what a rectangle touches', () => {
    const [from, to] = [boxOf(layout, 1), boxOf(layout, Math.min(layout.cells - 1, 2 * layout.columns + 3))];
    const touched = cellsWithin(layout, to.x + 2, to.y + 2, from.x + 2, from.y + 2);
    const expected = Array.from({ length: layout.cells }, (_cell, index) => index).filter((index) => {
      const { x, y } = boxOf(layout, index);
      return x >= Math.min(from.x, to.x) && x <= Math.max(from.x, to.x) && y >= from.y && y <= to.y;
    });
    expect(touched).toEqual(expected);
  });
});

it('fits 1,024 heads without scrolling and gives 5,120 the least cells', () => {
  const large = cellLayout(LARGE, 872, 680);
  expect(large.height).toBeLessThanOrEqual(680);
  expect(large.width).toBeLessThanOrEqual(872);
  expect(large.pitchX).toBeGreaterThanOrEqual(20);
  const largest = cellLayout({ cells: 5120, heads: 64, groupSize: 8, byLayer: true }, 872, 680);
  expect([largest.pitchX, largest.pitchY]).toEqual([11, 10]);
  // Gaps between groups of 4 take the room of the means' bars, not of their numbers.
  const gapped = cellLayout({ cells: 5120, heads: 64, groupSize: 4, byLayer: true }, 872, 680);
  expect(gapped.width).toBeLessThanOrEqual(872);
  expect(gapped.right).toBeGreaterThanOrEqual(80);
  expect(large.right).toBe(GUTTER_RIGHT);
});

it('fills the room with few heads, and names whole layers and heads', () => {
  const layout = cellLayout({ cells: 32, heads: 8, groupSize: 2, byLayer: true }, 840, 700);
  expect(layout.width).toBeGreaterThan(800);
  expect(layout.height).toBeGreaterThan(560);
  expect(layout.height).toBeLessThanOrEqual(700);
  const { x, y } = boxOf(layout, 17);
  expect(namedCells(layout, { x: 10, y }, { x: 10, y })).toEqual([16, 17, 18, 19, 20, 21, 22, 23]);
  expect(namedCells(layout, { x, y: 10 }, { x, y: 10 })).toEqual([1, 9, 17, 25]);
  // Names stay in the window while the cells scroll under them.
  expect(namedCells(layout, { x, y: 10 }, { x, y: 300 })).toEqual([1, 9, 17, 25]);
  expect(namedCells(layout, { x, y }, { x, y })).toBeNull();
  expect(namedCells(layout, { x: 10, y: 900 }, { x: 10, y: 900 })).toBeNull();
});

it('has nothing between, beside and below cells', () => {
  const layout = cellLayout(LARGE, 872, 640);
  expect(cellAt(layout, 4, layout.top + 4)).toBeNull();
  expect(cellAt(layout, layout.left + 4, 4)).toBeNull();
  expect(cellAt(layout, layout.left + 4, layout.height + 40)).toBeNull();
  expect(cellsWithin(layout, 0, 0, 10, 10)).toEqual([]);
});

it('knows the rows on screen', () => {
  const layout = thumbnailLayout({ ...LARGE, byLayer: false }, 872);
  const [first, end] = rowsShown(layout, 1000, 600);
  expect(boxOf(layout, first * layout.columns).y).toBeLessThanOrEqual(1000);
  expect(boxOf(layout, (first + 1) * layout.columns).y).toBeGreaterThan(1000);
  expect(boxOf(layout, end * layout.columns).y).toBeGreaterThanOrEqual(1600);
});

describe('keys', () => {
  const grid = { cells: 29, columns: 8 };
  const cases: [string, number, string, boolean, number | null][] = [
    ['right', 3, 'ArrowRight', false, 4],
    ['right at the row end', 7, 'ArrowRight', false, 7],
    ['right at the last cell', 28, 'ArrowRight', false, 28],
    ['left at the row start', 8, 'ArrowLeft', false, 8],
    ['up at the top', 5, 'ArrowUp', false, 5],
    ['down', 5, 'ArrowDown', false, 13],
    ['down into a short row', 22, 'ArrowDown', false, 22],
    ['row start', 13, 'Home', false, 8],
    ['row end', 13, 'End', false, 15],
    ['end of a short row', 25, 'End', false, 28],
    ['first cell', 13, 'Home', true, 0],
    ['last cell', 13, 'End', true, 28],
    ['eight rows down, into a short row', 7, 'PageDown', false, 23],
    ['eight rows up', 27, 'PageUp', false, 3],
    ['another key', 3, 'a', false, null],
  ];
  it.each(cases)('%s', (_, index, key, control, to) => expect(movedCell(grid, index, key, control)).toBe(to));

  it('never leaves the grid', () => {
    for (let index = 0; index < grid.cells; index += 1) {
      for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageUp', 'PageDown']) {
        const to = movedCell(grid, index, key, false)!;
        expect(to).toBeGreaterThanOrEqual(0);
        expect(to).toBeLessThan(grid.cells);
      }
    }
  });
});
