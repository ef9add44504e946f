import { describe, expect, it } from 'vitest';
import { thrownError } from '../checkpoint/thrown_error.ts';
import { parsePattern, parsePatternText } from './parse_pattern.ts';

describe('parsePatternText', () => {
  it.each([
    '{"kind":"dense"}',
    '{"kind":"a_shape","sink":0,"window":800}',
    '{"kind":"vertical_slash","verticals":1000,"slashes":99999999}',
    '{"kind":"vertical_slash","verticals":1,"slashes":2,"lastQueries":64,"forcedSinks":30,"forcedLocal":100}',
    '{"kind":"block_sparse","blocks":100,"blockSize":64}',
    '{"kind":"block_sparse","blocks":0}',
  ])('reads %s', (text) => {
    expect(parsePatternText(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['', 'JSON'],
    ['dense', 'JSON'],
    ['null', 'not a JSON object'],
    ['[]', 'not a JSON object'],
    ['{}', 'absent'],
    ['{"kind":"toString"}', 'unknown'],
    ['{"kind":"tri_shape"}', '"tri_shape"'],
    ['{"kind":"a_shape","sink":1}', 'window is missing'],
    ['{"kind":"a_shape","sink":"1","window":2}', 'sink is "1"'],
    ['{"kind":"a_shape","sink":-1,"window":2}', 'sink is -1'],
    ['{"kind":"a_shape","sink":1.5,"window":2}', 'sink is 1.5'],
    ['{"kind":"a_shape","sink":1e999,"window":2}', 'sink is Infinity'],
    ['{"kind":"a_shape","sink":NaN,"window":2}', 'bare NaN'],
    ['{"kind":"a_shape","sink":1,"window":2,"blocks":3}', 'it has no blocks'],
    ['{"kind":"a_shape","sink":1,"sink":2,"window":2}', 'twice'],
    ['{"kind":"vertical_slash","verticals":1,"slashes":2,"lastQueries":0}', 'lastQueries is 0; it must be a whole number of 1 or more'],
    ['{"kind":"block_sparse","blocks":1,"blockSize":48}', 'power of two'],
    ['{"kind":"block_sparse","blocks":1,"blockSize":8}', 'power of two'],
    ['{"kind":"block_sparse","blocks":1,"blockSize":2048}', 'power of two'],
  ])('refuses %s', (text, message) => {
    const error = thrownError(() => parsePatternText(text));
    expect(error.code).toBe('PATTERN_INVALID');
    expect(error.message).toContain(message);
  });

  it('names the place and shows how such a pattern is written', () => {
    const error = thrownError(() => parsePattern({ kind: 'block_sparse', blocks: -1 }, 'layer 3, head 5'));
    expect(error.message).toContain('(layer 3, head 5)');
    expect(error.message).toContain('{"kind":"block_sparse","blocks":100,"blockSize":64}');
  });
});
