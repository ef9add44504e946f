import { expect, test } from 'vitest';
import { ByteLru } from './byte_lru.ts';

test('keeps to its bytes, drops the longest unused and says so', () => {
  const dropped: string[] = [];
  const cache = new ByteLru<number>(10, (_value, key) => dropped.push(key));
  cache.set('a', 1, 4);
  cache.set('b', 2, 4);
  cache.get('a');
  cache.set('c', 3, 4);
  expect(dropped).toEqual(['b']);
  expect([cache.has('a'), cache.has('b'), cache.has('c'), cache.bytes]).toEqual([true, false, true, 8]);
  cache.peek('a');
  cache.set('a', 5, 6);
  expect(dropped).toEqual(['b', 'a']);
  expect([cache.get('a'), cache.bytes]).toEqual([5, 10]);
  cache.set('huge', 9, 100);
  expect(cache.keys()).toEqual(['huge']);
  cache.clear();
  expect([cache.size, cache.bytes]).toEqual([0, 0]);
});
