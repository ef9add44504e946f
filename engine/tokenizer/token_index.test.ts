import { describe, expect, it } from 'vitest';
import { seededRandom } from '../checkpoint/tiny_checkpoint.ts';
import { MergeTable } from './merge_table.ts';
import { TokenIndex } from './token_index.ts';

describe('the index of tokens', () => {
  it('finds every token and every joined pair, and nothing else, as a Map does', () => {
    const random = seededRandom(5);
    const letters = ['a', 'b', 'é', '字', '🙂', '\u0000'];
    const text = () => Array.from({ length: 1 + random() * 6 }, () => letters[Math.floor(random() * letters.length)] ?? '').join('');
    const tokens = new Map(Array.from({ length: 3000 }, (_, id): [string, number] => [text(), 2 * id]));
    const index = new TokenIndex(tokens);
    const all = [...tokens.keys()];
    let joined = 0;
    for (let round = 0; round < 20_000; round++) {
      const asked = text();
      expect(index.idAt(index.find(`x${asked}y`, 1, 1 + asked.length))).toBe(tokens.get(asked) ?? -1);
      const left = all[Math.floor(random() * all.length)] ?? '';
      const right = all[Math.floor(random() * all.length)] ?? '';
      const found = index.findJoined(index.find(left, 0, left.length), index.find(right, 0, right.length));
      expect(index.idAt(found)).toBe(tokens.get(left + right) ?? -1);
      if (found >= 0) joined++;
    }
    expect(joined).toBeGreaterThan(10);
    expect(new TokenIndex(new Map()).find('a', 0, 1)).toBe(-1);
  });
});

describe('merges', () => {
  const ids = new Map([...'ab', 'ab', 'ba', '##b', 'abb'].map((token, id): [string, number] => [token, id]));
  const table = (merges: (string | string[])[], prefix = '') => new MergeTable(merges, ids, prefix);

  it('are read in both forms, with the later rank of a pair that is given twice', () => {
    const merges = table(['#version: 0.2', 'a b', ['b', 'a'], 'ab b', 'a b']);
    expect([merges.rank(0, 1), merges.rank(1, 0), merges.rank(2, 1), merges.rank(1, 1)]).toEqual([3, 1, 2, -1]);
    expect([...merges.results]).toEqual([2, 3, 5, 2]);
    expect([...table(['a ##b'], '##').results]).toEqual([2]);
  });

  it('are refused where they are none', () => {
    for (const wrong of [['ab'], ['a b c'], [''], [['a']], [['a', 'b', 'c']], ['a c'], ['b b'], ['a  b']])
      expect(() => table(wrong)).toThrow(/merge 0/);
  });
});
