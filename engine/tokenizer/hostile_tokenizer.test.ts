// tokenizer.json files that mean harm, through the entry that every command and the engine use: each ends soon, with a code.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectedError, thrownError } from '../checkpoint/thrown_error.ts';
import { temporaryFolder } from '../checkpoint/tiny_checkpoint.ts';
import { openTokenizer } from './tokenizer.ts';

const BPE = { type: 'BPE', vocab: { a: 0, b: 1, ab: 2 }, merges: ['a b'] };

function open(tokenizer: object | string) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'tokenizer.json'), typeof tokenizer === 'string' ? tokenizer : JSON.stringify(tokenizer));
  return openTokenizer(folder, { worker: null });
}

const splitBy = (pattern: string) => ({
  type: 'Split',
  pattern: { Regex: pattern },
  behavior: 'Isolated',
  invert: false,
});

describe('a hostile tokenizer.json', () => {
  it('with a pattern that never ends is given up', async () => {
    const tokenizer = open({ model: BPE, pre_tokenizer: splitBy('(?:a|a)*$|(a+)+c') });
    expect(await rejectedError(() => tokenizer.encode(`${'a'.repeat(60)}!`))).toMatchObject({ code: 'TOKENIZER_INVALID' });
    expect([...(await open({ model: BPE }).encode('ab'))]).toEqual([2]);
  }, 30_000);

  it.each([
    ['nested lists', '['.repeat(100_000)],
    ['nested objects', '{"a":'.repeat(100_000)],
    ['a key given twice', '{"model": {"type": "BPE", "vocab": {"a": 0, "a": 1}, "merges": []}}'],
    ['an id far away', { model: { ...BPE, vocab: { a: 2 ** 40 } } }],
    ['an id that is no number', { model: { ...BPE, vocab: { a: '0' } } }],
    ['merges of nothing known', { model: { ...BPE, merges: ['a z'] } }],
    ['more merges than any', { model: { ...BPE, merges: new Array(2 ** 22).fill('') } }],
    ['a long pattern', { model: BPE, pre_tokenizer: splitBy('a'.repeat(30_000)) }],
    ['a deep pattern', { model: BPE, pre_tokenizer: splitBy('('.repeat(5000) + ')'.repeat(5000)) }],
    ['a back-reference', { model: BPE, pre_tokenizer: splitBy('(a)\\1') }],
    ['an open pattern', { model: BPE, pre_tokenizer: splitBy('(a') }],
    ['a sequence of very many', { model: BPE, normalizer: { type: 'Sequence', normalizers: new Array(5000).fill({ type: 'NFC' }) } }],
    ['a prototype for a vocabulary', '{"model": {"type": "BPE", "vocab": {"__proto__": {}}, "merges": []}}'],
  ])('with %s is refused', (_, tokenizer) => {
    expect(thrownError(() => open(tokenizer)).code).toBe('TOKENIZER_INVALID');
  });

  it('with one id for two tokens decodes to the later and merges by what it says', async () => {
    const tokenizer = open({ model: { ...BPE, vocab: { a: 0, b: 0, ab: 1, ba: 2 }, merges: ['a b', 'b a'] } });
    expect([...(await tokenizer.encode('ab'))]).toEqual([2]);
    expect(await tokenizer.decode([0])).toBe('b');
  });
});
