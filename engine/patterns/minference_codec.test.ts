import { describe, expect, it } from 'vitest';
import { thrownError } from '../checkpoint/thrown_error.ts';
import { seededRandom } from '../checkpoint/tiny_checkpoint.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { formatMinferenceConfig, parseMinferenceConfig } from './minference_codec.ts';

const FILE = `[{"0": ["vertical_and_slash", 1000, 6096, 0.95], "1": ["vertical_and_slash", 100, 800, 1.0]},
 {"1": ["stream_llm", 100, 800, 0.5], "0": ["block_sparse", 8, 1, 0.25]},
 {"0": ["vertical_and_slash", 3500, 100, 1], "1": ["vertical_and_slash", 22032, 18532, 0.9]}]`;

describe('parseMinferenceConfig', () => {
  it('reads every kind, with the origin that its budget reveals', () => {
    const config = parseMinferenceConfig(FILE);
    expect([config.layers, config.heads, config.scoreKind]).toEqual([3, 2, 'recall']);
    expect(config.entries.map((layer) => layer.map(({ pattern }) => pattern))).toEqual([
      [
        { kind: 'vertical_slash', verticals: 1000, slashes: 6096 },
        { kind: 'vertical_slash', verticals: 100, slashes: 800 },
      ],
      [
        { kind: 'block_sparse', blocks: 100, blockSize: 64 },
        { kind: 'a_shape', sink: 100, window: 800 },
      ],
      [
        { kind: 'vertical_slash', verticals: 3500, slashes: 100 },
        { kind: 'vertical_slash', verticals: 22032, slashes: 18532 },
      ],
    ]);
    expect(config.entries.flat().map(({ origin }) => origin)).toEqual([
      'block_sparse',
      'a_shape',
      'block_sparse',
      'a_shape',
      'vertical_slash',
      'other',
    ]);
    expect(config.notes.join()).toContain('1 block_sparse heads run as 100 blocks of 64');
  });

  it('names every head it cannot read', () => {
    const text =
      '[{"0": ["star", 1, 2, 1], "1": ["vertical_and_slash", 0, 5, 1]}, {"0": ["stream_llm", 1, 2, "x"], "1": ["stream_llm", 1, 2, 1]}]';
    const thrown = thrownError(() => parseMinferenceConfig(text));
    expect(thrown.message).toBe(
      'Not a MInference config: layer 0, head 0 has the type "star"; known are vertical_and_slash, stream_llm, block_sparse; 2 more heads are wrong.',
    );
    expect(thrown.data).toEqual({
      cells: [
        { layer: 0, head: 0, problem: expect.stringContaining('has the type "star"') },
        { layer: 0, head: 1, problem: expect.stringContaining('has the budgets [0,5]') },
        { layer: 1, head: 0, problem: 'has a score that is not a finite number' },
      ],
      moreCells: 0,
    });
    const all = `[{${Array.from({ length: 60 }, (_, head) => `"${head}": 1`).join()}}]`;
    expect(thrownError(() => parseMinferenceConfig(all)).data).toMatchObject({ cells: { length: 50 }, moreCells: 10 });
  });

  it('tells recalls from counts of mismatches', () => {
    const of = (...scores: string[]) =>
      parseMinferenceConfig(`[{${scores.map((score, head) => `"${head}":["vertical_and_slash",30,800,${score}]`).join(',')}}]`).scoreKind;
    expect(of('0.95', '1.0005')).toBe('recall');
    expect(of('0.95', '1.02')).toBe('mismatch_count');
    expect(of('1590000', '3790000')).toBe('mismatch_count');
    expect(of('1', '0')).toBe('mismatch_count');
    expect(of('1.0', '1.0')).toBe('recall');
    expect(of('0', '0')).toBe('none');
  });

  it.each([
    ['{}', 'not an array'],
    ['[]', 'no layers'],
    ['[[]]', 'layer 0 is not an object'],
    ['[{}]', 'layer 0 has 0 heads'],
    ['[{"1":["stream_llm",1,1,0]}]', 'head "1"'],
    ['[{"0":["stream_llm",1,1,0],"2":["stream_llm",1,1,0]}]', 'head "2"'],
    ['[{"00":["stream_llm",1,1,0]}]', 'head "00"'],
    ['[{"0":["stream_llm",1,1,0],"0":["stream_llm",1,1,0]}]', 'twice'],
    ['[{"0":["stream_llm",1,1,0]},{"0":["stream_llm",1,1,0],"1":["stream_llm",1,1,0]}]', 'layer 1 has 2 heads, layer 0 has 1'],
    ['[{"0":["stream_llm",1,1]}]', 'layer 0, head 0 is not [type'],
    ['[{"0":["dense",1,1,0]}]', 'the type "dense"'],
    ['[{"0":["",0,0,0]}]', 'the type ""'],
    ['[{"0":["stream_llm",0,1,0]}]', 'above 0'],
    ['[{"0":["stream_llm",1.5,1,0]}]', 'whole numbers'],
    ['[{"0":["stream_llm","1",1,0]}]', 'whole numbers'],
    ['[{"0":["stream_llm",1,-1,0]}]', 'whole numbers'],
    ['[{"0":["stream_llm",1,1,NaN]}]', 'bare NaN'],
    ['[{"0":["stream_llm",1,1,1e999]}]', 'finite'],
    ['[{"0":["stream_llm",1,1,"0.5"]}]', 'finite'],
    ['[{"0":["stream_llm",1,1,0]}', 'JSON'],
  ])('refuses %s', (text, message) => {
    const error = thrownError(() => parseMinferenceConfig(text));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message).toContain(message);
  });

  it('survives 2,000 mutations', () => {
    const random = seededRandom(11);
    const pieces = ['', '0', '-1', '"', '[', ']', '{', '}', 'null', '1e400', '"2":', ',', 'NaN', '1.5'];
    let read = 0;
    for (let round = 0; round < 2000; round++) {
      const at = Math.floor(random() * FILE.length);
      const text = FILE.slice(0, at) + (pieces[Math.floor(random() * pieces.length)] ?? '') + FILE.slice(at + Math.floor(random() * 4));
      try {
        const config = parseMinferenceConfig(text);
        expect(config.entries.every((layer) => layer.length === config.heads)).toBe(true);
        read++;
      } catch (error) {
        if (!(error instanceof HeadscopeError)) throw error;
        expect(error.code).toBe('CONFIG_INVALID');
      }
    }
    expect(read).toBeGreaterThan(50);
    expect(read).toBeLessThan(1500);
  });
});

describe('formatMinferenceConfig', () => {
  it('writes what it reads', () => {
    const config = parseMinferenceConfig(FILE);
    const { text, notes } = formatMinferenceConfig(config.entries);
    const again = parseMinferenceConfig(text);
    expect(notes).toEqual([]);
    expect(again.scoreKind).toBe('recall');
    expect(again.entries.flat().map(({ pattern, score }) => ({ pattern, score }))).toEqual(
      config.entries.flat().map(({ pattern, score }) => ({ pattern, score })),
    );
    const whole = formatMinferenceConfig([[{ pattern: { kind: 'vertical_slash', verticals: 1, slashes: 2 }, score: 1 }]]);
    expect(whole.text).toBe('[{"0": ["vertical_and_slash", 1, 2, 1.0]}]\n');
    expect(parseMinferenceConfig(whole.text).scoreKind).toBe('recall');
  });

  it('refuses dense heads, or writes the stated substitute', () => {
    const heads = [[{ pattern: { kind: 'dense' } as const }]];
    expect(thrownError(() => formatMinferenceConfig(heads))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('layer 0, head 0 is dense'),
    });
    const { text, notes } = formatMinferenceConfig(heads, { denseAs: { verticals: 4000, slashes: 8000 } });
    expect(text).toContain('["vertical_and_slash", 4000, 8000, 0.0]');
    expect(notes.join()).toContain('run them sparse');
  });

  it('refuses what MInference would run differently, and states what it cannot say', () => {
    const one = (pattern: Parameters<typeof formatMinferenceConfig>[0][0][0]['pattern']) =>
      formatMinferenceConfig([[{ pattern, score: 0.5 }]]);
    expect(thrownError(() => one({ kind: 'block_sparse', blocks: 8, blockSize: 32 })).message).toContain('always runs 100 blocks of 64');
    expect(one({ kind: 'block_sparse', blocks: 100 }).text).toContain('["block_sparse", 100, 64, 0.5]');
    expect(one({ kind: 'vertical_slash', verticals: 1, slashes: 2, forcedLocal: 30 }).notes.length).toBe(1);
    expect(one({ kind: 'vertical_slash', verticals: 1, slashes: 2, forcedLocal: 100, forcedSinks: undefined }).notes).toEqual([]);
    expect(one({ kind: 'a_shape', sink: 0, window: 5 })).toMatchObject({
      text: '[{"0": ["stream_llm", 1, 5, 0.5]}]\n',
      notes: [expect.stringContaining('written as 1')],
    });
    const head = { pattern: { kind: 'a_shape', sink: 1, window: 5 } as const };
    expect(thrownError(() => formatMinferenceConfig([[head], [head, head]])).message).toContain('Layer 1 has 2 heads');
    expect(thrownError(() => formatMinferenceConfig([])).code).toBe('CONFIG_INVALID');
    expect(thrownError(() => formatMinferenceConfig([[{ ...head, score: Number.NaN }]])).code).toBe('CONFIG_INVALID');
  });
});
