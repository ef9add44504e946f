// What the command line says of itself, and what it refuses.
import { mkdirSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliWorkspace, headscope, headscopeJson, model } from './cli.fixture.ts';
import { commands } from './cli.ts';

const workspace = new CliWorkspace();
const at = (name: string) => workspace.at(name);
const { folder } = workspace;
const json = headscopeJson;
const P = '{"kind":"vertical_slash","verticals":40,"slashes":60}';

beforeAll(() => workspace.fill());
afterAll(() => workspace.remove());

describe('the command line', () => {
  it('explains itself', async () => {
    const general = await headscope(['--help']);
    expect(general.status).toBe(0);
    for (const { name } of commands) {
      expect(general.out).toContain(`  ${name}`);
      const help = await headscope([name, '--help']);
      expect(help.status).toBe(0);
      expect(help.out).toContain(`headscope ${name}`);
      expect(help.out).toContain('--json');
    }
    expect(await headscope(['--version'])).toMatchObject({ status: 0, out: 'headscope 1.2.3\n' });
  });

  it('calls what it cannot read a usage error, status 2', async () => {
    const run = ['--run', at('run')];
    const head = ['--layer', '0', '--head', '0'];
    const wrong: string[][] = [
      [],
      ['teleport'],
      ['inspect'],
      ['inspect', 'a', 'b'],
      ['inspect', ''],
      ['inspect', model, '--depth', '3'],
      ['prefill', '--model', model],
      ['prefill', '--tokens', at('ids.json')],
      ['prefill', '--model', model, '--tokens', at('ids.json'), '--prompt-file', at('prompt.txt')],
      ['prefill', '--model', model, '--tokens', at('ids.json'), '--backend', 'tpu'],
      ['prefill', '--model', model, '--tokens', at('ids.json'), '--threads', '-1'],
      ['prefill', '--model', model, '--tokens', at('ids.json'), '--logits-last'],
      ['generate', '--model', model],
      ['generate', '--model', model, '--tokens', at('ids.json'), '--max-new', '0'],
      ['generate', '--model', model, '--tokens', at('ids.json'), '--prompts', at('p.jsonl')],
      ['generate', '--model', model, '--tokens', at('ids.json'), '--out', at('o.jsonl')],
      ['generate', '--model', model, '--tokens', at('ids.json'), '--pattern', P, '--patterns', at('c.json')],
      ['evaluate', ...run, '--layer', 'x', '--head', '0', '--pattern', P],
      ['evaluate', ...run, '--layer', '1.5', '--head', '0', '--pattern', P],
      ['evaluate', ...run, '--layer', '0', '--layer', '1', '--head', '0', '--pattern', P],
      ['evaluate', ...run, ...head],
      ['evaluate', ...head, '--pattern', P],
      ['evaluate', ...run, '--capture', at('qkv'), ...head, '--pattern', P],
      ['evaluate', ...run, '--tokens', at('ids.json'), ...head, '--pattern', P],
      ['map', ...run, ...head, '--out', at('m.gif')],
      ['map', ...run, ...head, '--out', at('m.npy'), '--rect', '0,10,0'],
      ['map', ...run, ...head, '--out', at('m.npy'), '--rect', '10,10,0,5'],
      ['map', ...run, ...head, '--out', at('m.npy'), '--size', '10'],
      ['map', ...run, ...head, '--out', at('m.npy'), '--size', '0x4'],
      ['map', ...run, ...head, '--out', at('m.npy'), '--size', '99999x99999'],
      ['search', ...run, '--out', at('c.json'), '--scores', `${folder}/./c.json`],
      ['search', ...run, '--out', at('c.json'), '--layers', '3-1'],
      ['search', ...run, '--out', at('c.json'), '--format', 'yaml'],
      ['search', ...run, '--out', at('c.json'), '--procedure', 'guess'],
      ['search', ...run, '--out', at('c.json'), '--recall', '1.5'],
      ['search', ...run, '--out', at('c.json'), '--procedure', 'released', '--recall', '0.9'],
      ['search', ...run, '--out', at('c.json'), '--procedure', 'target'],
      ['search', ...run, '--out', at('c.json'), '--kinds', 'a_shape'],
      ['search', ...run, '--out', at('c.json'), '--recall', '0.9', '--kinds', 'dense'],
      ['surface', ...run, ...head, '--kind', 'round', '--out', at('s.json')],
      ['export', at('c.json'), '--out', at('d.json')],
    ];
    for (const args of wrong) {
      const { status, out, err } = await headscope(args);
      expect(status, args.join(' ')).toBe(2);
      expect(out).toBe('');
      expect(err).toContain('headscope');
      if (args.length > 0) expect(err).toMatch(/^headscope: [^\n]+[.?] See: headscope [^\n]+\n$/);
    }
    const { status, answer } = await json(['evaluate', ...run, ...head]);
    expect(status).toBe(2);
    expect(answer.error).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining('--pattern') });
  });

  it('answers what the model or a file refuses with a coded error, status 1, and leaves no file', async () => {
    workspace.write('empty.txt', '');
    workspace.write('latin1.txt', new Uint8Array([0x63, 0x61, 0x66, 0xe9]));
    workspace.write('ids-bad.json', '[1, 2, "three"]');
    workspace.write('ids-object.json', '{"tokens": [1]}');
    workspace.write('ids-large.json', '[1, 2, 999999]');
    workspace.write('not.json', '{"format":');
    workspace.write('other.json', '[{"0": ["stream_llm", 4, 8, 0.5]}]');
    mkdirSync(at('no-model'), { recursive: true });
    const before = readdirSync(folder).sort();
    const prefill = (...args: string[]) => ['prefill', '--model', model, ...args];
    const evaluate = (...args: string[]) => ['evaluate', '--run', at('run'), ...args];
    const cases: [string[], string][] = [
      [['inspect', at('nowhere')], 'FILE_NOT_FOUND'],
      [['inspect', at('no-model')], 'FILE_NOT_FOUND'],
      [prefill('--prompt-file', at('missing.txt')), 'FILE_NOT_FOUND'],
      [prefill('--prompt-file', at('empty.txt')), 'PROMPT_EMPTY'],
      [prefill('--prompt-file', at('latin1.txt')), 'FILE_UNREADABLE'],
      [prefill('--prompt-file', folder), 'FILE_UNREADABLE'],
      [prefill('--tokens', at('ids-bad.json')), 'TOKEN_OUT_OF_RANGE'],
      [prefill('--tokens', at('ids-object.json')), 'INVALID_REQUEST'],
      [prefill('--tokens', at('ids-large.json')), 'TOKEN_OUT_OF_RANGE'],
      [prefill('--tokens', at('ids.json'), '--patterns', at('not.json')), 'CONFIG_INVALID'],
      [prefill('--tokens', at('ids.json'), '--patterns', at('other.json')), 'CONFIG_MISMATCH'],
      [prefill('--tokens', at('ids.json'), '--backend', 'cuda'), 'BACKEND_UNAVAILABLE'],
      [prefill('--tokens', at('ids.json'), '--lse', at('no-folder/lse.npy')), 'FILE_WRITE_FAILED'],
      [prefill('--tokens', at('ids.json'), '--lse', at('qkv')), 'FILE_WRITE_FAILED'],
      [prefill('--tokens', at('ids.json'), '--save-run', at('qkv')), 'FILE_WRITE_FAILED'],
      [prefill('--tokens', at('ids.json'), '--save-run', at('no-folder/run')), 'FILE_WRITE_FAILED'],
      [prefill('--tokens', at('ids.json'), '--qkv', at('ids.json')), 'FILE_WRITE_FAILED'],
      [prefill('--tokens', at('ids.json'), '--qkv', at('ids.json/deep/er')), 'FILE_WRITE_FAILED'],
      [evaluate('--layer', '9', '--head', '0', '--pattern', P), 'INVALID_REQUEST'],
      [evaluate('--layer', '0', '--head', '8', '--pattern', P), 'INVALID_REQUEST'],
      [evaluate('--layer', '0', '--head', '0', '--pattern', P, '--from-row', '200'), 'INVALID_REQUEST'],
      [evaluate('--layer', '0', '--head', '0', '--pattern', 'nonsense'), 'PATTERN_INVALID'],
      [evaluate('--layer', '0', '--head', '0', '--pattern', '{"kind":"a_shape","sink":-1,"window":5}'), 'PATTERN_INVALID'],
      [evaluate('--layer', '0', '--head', '0', '--pattern', '{"kind":"a_shape","sink":"4","window":5}'), 'PATTERN_INVALID'],
      [evaluate('--layer', '0', '--head', '0', '--pattern', '{"kind":"block_sparse","blocks":3,"blockSize":48}'), 'PATTERN_INVALID'],
      [evaluate('--layer', '0', '--head', '0', '--pattern', '@missing.json'), 'FILE_NOT_FOUND'],
      [['map', '--run', at('run'), '--layer', '0', '--head', '0', '--rect', '0,201,0,5', '--out', at('m.npy')], 'INVALID_REQUEST'],
      [['map', '--run', at('run'), '--layer', '0', '--head', '0', '--size', '300x300', '--out', at('m.npy')], 'INVALID_REQUEST'],
      [evaluate('--layer', '0', '--head', '0', '--pattern', P, '--backend', 'cuda'), 'BACKEND_UNAVAILABLE'],
      [['search', '--run', at('nowhere'), '--out', at('c.json')], 'RUN_NOT_FOUND'],
      [['search', '--run', at('run'), '--out', at('c.json'), '--scores', at('s.jsonl')], 'INVALID_REQUEST'],
      [['search', '--capture', at('no-model'), '--out', at('c.json')], 'CAPTURE_INVALID'],
      [['export', at('not.json'), '--format', 'minference', '--out', at('c.json')], 'CONFIG_INVALID'],
      [['serve', '--models', 'no-such-folder'], 'FILE_NOT_FOUND'],
    ];
    for (const [args, code] of cases) {
      const { status, answer } = await json(args);
      expect(answer.error?.code, `${args.join(' ')}: ${answer.error?.message}`).toBe(code);
      expect(status).toBe(1);
      expect(answer.error.message).not.toMatch(/\n\s+at /);
    }
    expect(readdirSync(folder).sort()).toEqual(before);
    const late = await headscope(prefill('--tokens', at('ids.json'), '--qkv', at('ids.json'), '--json'));
    expect(late.err, 'refused before the prefill').not.toContain('progress');
    const spoken = await headscope(['inspect', at('nowhere')]);
    expect(spoken).toMatchObject({ status: 1, out: '' });
    expect(spoken.err).toMatch(/^headscope: There is no .*FILE_NOT_FOUND/);
  });
});
