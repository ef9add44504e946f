import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cachedRepositories, cachedSnapshot, hubCache, isRepositoryName, modelFolder } from './hub_cache.ts';
import { thrownError } from './thrown_error.ts';
import { temporaryFolder } from './tiny_checkpoint.ts';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);

function cacheWith(files: Record<string, string>): string {
  const cache = temporaryFolder();
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cache, path)), { recursive: true });
    writeFileSync(join(cache, path), content);
  }
  return cache;
}

describe('the Hugging Face cache', () => {
  it('lies where the variables say, in the order the hub asks them', () => {
    expect(hubCache({})).toBe(join(homedir(), '.cache/huggingface/hub'));
    expect(hubCache({ XDG_CACHE_HOME: '/x' })).toBe('/x/huggingface/hub');
    expect(hubCache({ XDG_CACHE_HOME: '/x', HF_HOME: '/h' })).toBe('/h/hub');
    expect(hubCache({ HF_HOME: '~/h' })).toBe(join(homedir(), 'h/hub'));
    expect(hubCache({ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old' })).toBe('/old');
    expect(hubCache({ HF_HUB_CACHE: '/new', HUGGINGFACE_HUB_CACHE: '/old' })).toBe('/new');
  });

  it('gives the snapshot of a branch, a tag, a commit, or the only one', () => {
    const cache = cacheWith({
      'models--org--net/refs/main': A,
      'models--org--net/refs/v1': `${B}\n`,
      [`models--org--net/snapshots/${A}/config.json`]: '{}',
      [`models--org--net/snapshots/${B}/config.json`]: '{}',
      [`models--org--one/snapshots/${B}/config.json`]: '{}',
      'models--org--gone/refs/main': A,
      'models--org--bad/refs/main': '../../../etc',
    });
    const variables = { HF_HUB_CACHE: cache };
    const at = (name: string, commit: string) => join(cache, `models--org--${name}`, 'snapshots', commit);
    expect(cachedSnapshot('org/net', undefined, variables)).toBe(at('net', A));
    expect(cachedSnapshot('org/net', 'v1', variables)).toBe(at('net', B));
    expect(cachedSnapshot('org/net', B, variables)).toBe(at('net', B));
    expect(cachedSnapshot('org/net', 'v2', variables)).toBeNull();
    expect(cachedSnapshot('org/net', '../main', variables)).toBeNull();
    expect(cachedSnapshot('org/one', undefined, variables)).toBe(at('one', B));
    expect(cachedSnapshot('org/gone', undefined, variables)).toBeNull();
    expect(cachedSnapshot('org/bad', undefined, variables)).toBeNull();
    expect(cachedRepositories(variables)).toEqual(['org/net', 'org/one']);
    expect(modelFolder('org/net@v1', variables)).toBe(at('net', B));
    expect(modelFolder(cache, variables)).toBe(cache);
    expect(modelFolder('./org/net', variables)).toBe('./org/net');
    expect(thrownError(() => modelFolder('org/none', variables))).toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('headscope fetch org/none'),
    });
  });

  it('knows a repository by its name', () => {
    for (const name of ['gpt2', 'meta-llama/Llama-3.1-8B', 'a/b_c.d-1']) expect(isRepositoryName(name)).toBe(true);
    for (const name of ['', '/', 'a/', 'a/b/c', '../a', 'a/..', 'a/b--c', 'a b/c', '.a/b', 'a/b\n'])
      expect(isRepositoryName(name)).toBe(false);
  });
});
