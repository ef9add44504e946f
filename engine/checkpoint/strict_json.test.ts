import { describe, expect, it } from 'vitest';
import { parseStrictJson } from './strict_json.ts';
import { thrownError } from './thrown_error.ts';

const options = { what: 'x.json', code: 'CONFIG_INVALID' } as const;

describe('parseStrictJson', () => {
  it.each([
    '{"a": [1, {"a": "a\\"b:"}], "b": {"a": 2}}',
    '[{"a":1},{"a":1}]',
    '"{\\"a\\":1,\\"a\\":2"',
    '{"__proto__": 1, "constructor": 2}',
    '{"\\\\": 1, "\\\\\\\\": 2}',
    ' 1 ',
  ])('reads what JSON.parse reads: %s', (text) => {
    expect(parseStrictJson(text, options)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a":1,"a":2}', 'the key "a" twice'],
    ['{"a":1,"\\u0061" : 2}', 'twice'],
    ['{"x":[{"b":1, "c":2, "b":3}]}', '"b" twice'],
    ['{"__proto__":1,"__proto__":2}', 'twice'],
    ['{"a": NaN}', 'bare NaN'],
    ['{"a": -Infinity}', 'bare -Infinity'],
    ['{"a": "NaN", }', 'not valid JSON'],
    ['', 'not valid JSON'],
    ['{"a"', 'not valid JSON'],
    ['"abc', 'not valid JSON'],
    ['['.repeat(1_000_000), 'nested'],
    [`{"a":`.repeat(100), 'nested'],
  ])('refuses %.40s', (text, message) => {
    const error = thrownError(() => parseStrictJson(text, options));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(message);
    expect(error.message.length).toBeLessThan(400);
  });
});
