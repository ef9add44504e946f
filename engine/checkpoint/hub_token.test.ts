import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hubEndpoint, hubToken } from './hub_token.ts';
import { thrownError } from './thrown_error.ts';
import { temporaryFolder } from './tiny_checkpoint.ts';

describe('the settings of the hub', () => {
  it('take the token from where its own tools do, in their order', () => {
    const home = temporaryFolder();
    expect(hubToken({ HF_HOME: home })).toBeNull();
    writeFileSync(join(home, 'token'), 'from-home\n');
    writeFileSync(join(home, 'other'), ' from-path ');
    expect(hubToken({ HF_HOME: home })).toBe('from-home');
    expect(hubToken({ HF_HOME: home, HF_TOKEN_PATH: join(home, 'other') })).toBe('from-path');
    expect(hubToken({ HF_HOME: home, HUGGING_FACE_HUB_TOKEN: 'old' })).toBe('old');
    expect(hubToken({ HF_HOME: home, HUGGING_FACE_HUB_TOKEN: 'old', HF_TOKEN: 'new\n' })).toBe('new');
    const bad = thrownError(() => hubToken({ HF_TOKEN: 'hf_a\nX-Other: 1' }));
    expect(bad.code).toBe('INVALID_REQUEST');
    expect(bad.message).not.toContain('hf_a');
  });

  it('take the address of the hub from HF_ENDPOINT', () => {
    expect(hubEndpoint({})).toBe('https://huggingface.co');
    expect(hubEndpoint({ HF_ENDPOINT: 'http://mirror:8080/hub/' })).toBe('http://mirror:8080/hub');
    for (const bad of ['mirror', 'file:///etc', 'https://user@x', 'https://x/?y'])
      expect(thrownError(() => hubEndpoint({ HF_ENDPOINT: bad })).code).toBe('INVALID_REQUEST');
  });
});
