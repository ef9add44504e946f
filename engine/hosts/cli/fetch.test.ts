// `headscope fetch` against a hub on this machine, and the commands that take what it fetched by name.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hubStandIn } from '../../checkpoint/hub_stand_in.ts';
import { temporaryFolder, writeModelFolder } from '../../checkpoint/tiny_checkpoint.ts';
import { headscope, headscopeJson, model } from './cli.fixture.ts';

afterEach(() => vi.unstubAllEnvs());

async function scene() {
  const folder = writeModelFolder();
  const files = Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name))]));
  const hub = await hubStandIn({ ...files, 'tokenizer.json': readFileSync(join(model, 'tokenizer.json')) });
  const home = temporaryFolder();
  for (const name of ['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'HF_TOKEN_PATH', 'HF_HUB_CACHE', 'HUGGINGFACE_HUB_CACHE']) vi.stubEnv(name, '');
  vi.stubEnv('HF_HOME', home);
  vi.stubEnv('HF_ENDPOINT', hub.endpoint);
  return { hub, home };
}

describe('fetch', () => {
  it('makes a model that every command takes by its name', async () => {
    const { hub, home } = await scene();
    vi.stubEnv('HF_TOKEN', 'secret');
    hub.token = 'secret';
    const missing = await headscope(['inspect', 'org/net']);
    expect([missing.status, missing.err]).toEqual([1, expect.stringContaining('headscope fetch org/net')]);
    const { status, answer } = await headscopeJson(['fetch', 'org/net', '--revision', 'v1']);
    const folder = join(home, 'hub/models--org--net/snapshots', hub.commit);
    expect({ status, answer }).toMatchObject({ status: 0, answer: { repository: 'org/net', commit: hub.commit, folder } });
    const inspected = await headscopeJson(['inspect', 'org/net@v1']);
    expect(inspected).toMatchObject({ status: 0, answer: { name: 'net', path: folder, tokenizerPresent: true } });
    const tokens = await headscopeJson(['tokenize', '--model', `org/net@${hub.commit}`, '--text', 'Hi']);
    expect(tokens.answer).toMatchObject({ ids: [1, 42, 75] });
    expect((await headscope(['inspect', 'org/net@v2'])).err).toContain('headscope fetch org/net --revision v2');
  });

  it('says what it did, and why it did not', async () => {
    const { hub } = await scene();
    const to = join(temporaryFolder(), 'net');
    const done = await headscope(['fetch', 'org/net', '--to', to], { tty: true });
    expect([done.status, done.out]).toEqual([0, expect.stringContaining(hub.commit)]);
    expect(done.err).toContain('fetch ');
    const none = await headscope(['fetch', 'org/none']);
    expect([none.status, none.err]).toEqual([1, expect.stringContaining('[FETCH_FAILED]')]);
    expect((await headscope(['fetch'])).status).toBe(2);
    const stop = new AbortController();
    stop.abort();
    expect((await headscope(['fetch', 'org/net'], { stop })).status).toBe(130);
  });
});
