import { describe, expect, it } from 'vitest';
import { thrownError } from '../checkpoint/thrown_error.ts';
import { requireConfigMatch } from './config_match.ts';
import { formatHeadscopeConfig, type HeadscopeConfig, parseHeadscopeConfig } from './headscope_codec.ts';
import { readConfig } from './read_config.ts';

const config: HeadscopeConfig = {
  format: 'headscope-config',
  version: 1,
  model: { identity: 'sampled-sha256:ab', name: 'tiny', layers: 2, heads: 2 },
  provenance: {
    procedure: 'released',
    prompts: [{ sha256: 'a'.repeat(64), tokens: 4096 }],
    scoredRows: [2500, 4096],
    measured: { prompt: { sha256: 'a'.repeat(64), tokens: 4096 }, rows: [0, 4096] },
    engineBuild: '0.1.0',
    created: '2025-01-02T03:04:05.678Z',
  },
  heads: [
    [
      { pattern: { kind: 'dense' } },
      { pattern: { kind: 'vertical_slash', verticals: 30, slashes: 800 }, score: 0.9, recall: 0.95, density: 0.2, origin: 'search' },
    ],
    [{ pattern: { kind: 'a_shape', sink: 100, window: 800 } }, { pattern: { kind: 'block_sparse', blocks: 100, blockSize: 64 } }],
  ],
};
const changed = (change: (copy: HeadscopeConfig) => unknown) => {
  const copy = structuredClone(config);
  const replaced = change(copy);
  return JSON.stringify(typeof replaced === 'object' && replaced !== null ? replaced : copy);
};

describe('the Headscope config', () => {
  it('comes back as it was written, a line a head', () => {
    const text = formatHeadscopeConfig(config);
    expect(parseHeadscopeConfig(text)).toEqual(config);
    expect(text.split('\n').filter((line) => line.includes('"pattern"')).length).toBe(4);
  });

  it.each([
    ['a newer version', changed((copy) => ({ ...copy, version: 2 })), 'version 2'],
    ['another format', changed((copy) => ({ ...copy, format: 'x' })), 'format'],
    ['a model’s own configuration', '{"model_type": "llama", "num_hidden_layers": 4}', 'configuration of a model'],
    ['an unknown key', changed((copy) => ({ ...copy, extra: 1 })), 'extra'],
    ['a missing layer', changed((copy) => copy.heads.pop() && undefined), 'says 2 layers and lists 1'],
    ['a missing head', changed((copy) => copy.heads[1]?.pop() && undefined), 'lists 1 in layer 1'],
    ['an unknown pattern', changed((copy) => ({ ...copy, heads: [[{ pattern: { kind: 'x' } }]] })), 'heads.0.0.pattern'],
    [
      'a fractional budget',
      changed((copy) => ({ ...copy, heads: [[{ pattern: { kind: 'a_shape', sink: 1.5, window: 1 } }]] })),
      'heads.0.0.pattern.sink',
    ],
    ['a recall of 2', changed((copy) => ({ ...copy, heads: [[{ pattern: { kind: 'dense' }, recall: 2 }]] })), 'recall'],
    ['a hash that is none', changed((copy) => Object.assign(copy.provenance, { prompts: [{ sha256: 'x', tokens: 1 }] }) && copy), 'sha256'],
    ['rows backwards', changed((copy) => Object.assign(copy.provenance, { scoredRows: [5, 5] }) && copy), 'scored rows'],
    [
      'measured rows backwards',
      changed((copy) => Object.assign(copy.provenance, { measured: { prompt: null, rows: [7, 3] } }) && copy),
      'measured rows',
    ],
    ['numbers of no known prompt', changed((copy) => delete copy.provenance.measured && copy), 'provenance.measured is missing'],
    ['a date that is none', changed((copy) => Object.assign(copy.provenance, { created: 'yesterday' }) && copy), 'created'],
    ['half a file', JSON.stringify(config).slice(0, 200), 'JSON'],
    ['a number', '17', 'headscope'],
  ])('is refused with %s', (_name, text, message) => {
    const error = thrownError(() => parseHeadscopeConfig(text));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(error.message.toLowerCase()).toContain(message.toLowerCase());
  });

  it('is refused with a bad block size, as PATTERN_INVALID, and not written either', () => {
    const bad = changed(
      (copy) => Object.assign(copy.heads[1]?.[1] ?? {}, { pattern: { kind: 'block_sparse', blocks: 1, blockSize: 48 } }) && copy,
    );
    expect(thrownError(() => parseHeadscopeConfig(bad))).toMatchObject({
      code: 'PATTERN_INVALID',
      message: expect.stringContaining('layer 1, head 1'),
    });
    expect(thrownError(() => formatHeadscopeConfig({ ...config, heads: [] })).code).toBe('CONFIG_INVALID');
  });
});

describe('readConfig and requireConfigMatch', () => {
  const model = { name: 'tiny', layers: 2, heads: 2, identity: 'sampled-sha256:ab' };

  it('take either format', () => {
    const own = readConfig(formatHeadscopeConfig(config));
    expect([own.format, own.patterns[1]?.[0]]).toEqual(['headscope', { kind: 'a_shape', sink: 100, window: 800 }]);
    expect(requireConfigMatch(own, model)).toEqual([]);
    expect(requireConfigMatch(own, { ...model, identity: 'sampled-sha256:cd' }).join()).toContain('may not hold');
    const theirs = readConfig(' [{"0":["stream_llm",1,2,0.5]}]');
    expect([theirs.format, theirs.patterns]).toEqual(['minference', [[{ kind: 'a_shape', sink: 1, window: 2 }]]]);
    expect(requireConfigMatch(theirs, { ...model, layers: 1, heads: 1 }).length).toBe(1);
    expect(thrownError(() => readConfig('')).code).toBe('CONFIG_INVALID');
  });

  it('refuse a config of another model with the counts that differ', () => {
    const error = thrownError(() => requireConfigMatch(readConfig(formatHeadscopeConfig(config)), { ...model, layers: 30, heads: 9 }));
    expect(error.code).toBe('CONFIG_MISMATCH');
    expect(error.message).toContain('layers: config 2, model 30; heads: config 2, model 9');
    expect(error.data.differences).toEqual([
      { what: 'layers', config: 2, model: 30 },
      { what: 'heads', config: 2, model: 9 },
    ]);
  });
});
