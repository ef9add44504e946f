import { expect, test } from 'vitest';
import { stripStart } from './strip_window.ts';
import { visibleToken } from './visible_text.ts';

test('nothing invisible stays invisible', () => {
  expect(visibleToken(' load')).toBe('·load');
  expect(visibleToken('\n\n\t')).toBe('⏎⏎⇥');
  expect(visibleToken('\x1b[0m')).toBe('\\x1b[0m');
  expect(visibleToken('a\u202eb')).toBe('a\\u{202e}b');
  expect(visibleToken('\u200b')).toBe('\\u{200b}');
  expect(visibleToken('')).toBe('∅');
  expect(visibleToken('<b>&amp;')).toBe('<b>&amp;');
  expect(visibleToken('日本 \u{1f600}')).toBe('日本·\u{1f600}');
});

test('a strip stays where it is while its token is well inside, and follows when it leaves', () => {
  expect(stripStart(105, 100, 20, 1000)).toBe(100);
  expect(stripStart(150, 100, 20, 1000)).toBe(144);
  expect(stripStart(2, 100, 20, 1000)).toBe(0);
  const last = stripStart(999, 100, 20, 1000);
  expect(last).toBeGreaterThan(900);
  expect(last).toBeLessThan(1000);
});
