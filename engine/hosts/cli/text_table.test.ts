import { describe, expect, it } from 'vitest';
import { textTable } from './text_table.ts';

describe('a table of text', () => {
  it('sets numbers to the right and text to the left, under their heads', () => {
    expect(
      textTable([
        ['name', 'count'],
        ['a', 5],
        ['bcdef', '1,234'],
      ]),
    ).toBe('name   count\na          5\nbcdef  1,234');
    expect(
      textTable([
        ['a', 'b'],
        ['1', 'x'],
        ['y', '2'],
      ]),
    ).toBe('a  b\n1  x\ny  2');
    expect(textTable([['only', 'a head']])).toBe('only  a head');
  });

  it('looks at every cell a few times, however many rows there are', () => {
    let looked = 0;
    const row = (index: number) => {
      const cells: string[] = ['x', String(index)];
      return new Proxy(cells, {
        get: (target, key) => {
          if (key === '0') looked += 1;
          return Reflect.get(target, key);
        },
      });
    };
    textTable(Array.from({ length: 500 }, (_, index) => row(index)));
    expect(looked).toBeLessThan(500 * 5);
  });
});
