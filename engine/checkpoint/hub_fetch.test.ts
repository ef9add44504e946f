import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cachedSnapshot } from './hub_cache.ts';
import { type FetchRequest, fetchModel } from './hub_fetch.ts';
import { gitSha1, type HubStandIn, hubStandIn, sha256 } from './hub_stand_in.ts';
import { rejectedError } from './thrown_error.ts';
import { seededRandom, temporaryFolder } from './tiny_checkpoint.ts';

function noise(length: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length }, () => random() * 256);
}

const INDEX = 'model.safetensors.index.json';
const PARTS = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'] as const;
const weightMap = (...names: string[]) => JSON.stringify({ weight_map: Object.fromEntries(names.map((name, i) => [`t${i}`, name])) });

const sharded = () => ({
  'README.md': 'x'.repeat(50),
  'config.json': '{"a": 1}',
  'tokenizer.json': `{"b": "${'y'.repeat(2000)}"}`,
  'additional_chat_templates/rag.jinja': '{{ x }}',
  'pytorch_model.bin': noise(3000, 9),
  'consolidated.safetensors': noise(3000, 8),
  [INDEX]: weightMap(...PARTS),
  [PARTS[0]]: noise(300_000, 1),
  [PARTS[1]]: noise(2000, 2),
});

async function scene(files: Record<string, string | Uint8Array> = sharded()) {
  const hub = await hubStandIn(files);
  const cache = temporaryFolder();
  const fetch = (more: Partial<FetchRequest> = {}) =>
    fetchModel({
      ...{ repository: 'org/net', endpoint: hub.endpoint, token: null, cache, signal: new AbortController().signal },
      ...{ retryMs: 1, stallMs: 5000 },
      ...more,
    });
  const blob = (path: string) => {
    const bytes = hub.files.get(path) ?? new Uint8Array();
    return join(cache, 'models--org--net/blobs', bytes.length > hub.lfsFrom ? sha256(bytes) : gitSha1(bytes));
  };
  return { hub, cache, fetch, blob };
}

/** Sends `length` bytes of a file's answer and breaks the connection when they have arrived in `partial`, the first `times` times. */
function breaking(hub: HubStandIn, target: string, partial: string, length: number, times: number): void {
  let left = times;
  hub.interfere = (path, request, response, bytes) => {
    if (path !== target || left-- <= 0) return false;
    const begin = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    response.writeHead(begin > 0 ? 206 : 200, {
      'content-length': bytes.length - begin,
      'content-range': `bytes ${begin}-${bytes.length - 1}/${bytes.length}`,
    });
    response.write(bytes.subarray(begin, begin + length));
    const timer = setInterval(() => {
      if (lstatSync(partial).size < begin + length) return;
      clearInterval(timer);
      response.destroy();
    }, 5);
    return true;
  };
}

describe('a whole model', () => {
  it('comes into the layout of the cache, and is not asked for twice', async () => {
    const { hub, cache, fetch, blob } = await scene();
    const seen: [number, number][] = [];
    const fetched = await fetch({ onProgress: (done, total) => seen.push([done, total]) });
    expect(fetched.folder).toBe(join(cache, 'models--org--net/snapshots', hub.commit));
    expect(readFileSync(join(cache, 'models--org--net/refs/main'), 'utf8')).toBe(hub.commit);
    const names = ['config.json', 'tokenizer.json', 'additional_chat_templates/rag.jinja', INDEX, ...PARTS];
    expect(fetched.files.map(({ path }) => path).sort()).toEqual([...names].sort());
    for (const name of names) {
      const path = join(fetched.folder, name);
      expect(lstatSync(path).isSymbolicLink()).toBe(true);
      expect(join(dirname(path), readlinkSync(path))).toBe(blob(name));
      expect(Buffer.compare(readFileSync(path), hub.files.get(name) ?? new Uint8Array())).toBe(0);
    }
    expect(readdirSync(join(cache, 'models--org--net/blobs')).length).toBe(names.length);
    expect(fetched.receivedBytes).toBe(fetched.totalBytes);
    expect(seen.at(-1)).toEqual([fetched.totalBytes, fetched.totalBytes]);
    expect(seen.every(([done], i) => i === 0 || done >= (seen[i - 1]?.[0] ?? 0))).toBe(true);
    expect(cachedSnapshot('org/net', undefined, { HF_HUB_CACHE: cache })).toBe(fetched.folder);

    hub.asked.length = 0;
    const again = await fetch({ revision: 'v1' });
    expect([again.receivedBytes, hub.asked]).toEqual([0, []]);
    expect(readFileSync(join(cache, 'models--org--net/refs/v1'), 'utf8')).toBe(hub.commit);
  });

  it('comes into a folder, where nothing else is replaced', async () => {
    const { hub, fetch } = await scene({
      'config.json': '{}',
      'model.safetensors': noise(5000, 3),
      [INDEX]: weightMap('gone.safetensors'),
    });
    const to = join(temporaryFolder(), 'a/b');
    const { files } = await fetch({ to });
    expect(files.map(({ path }) => path)).toEqual(['config.json', 'model.safetensors']);
    expect(readdirSync(to).sort()).toEqual(['config.json', 'model.safetensors']);
    hub.asked.length = 0;
    expect((await fetch({ to })).receivedBytes).toBe(0);
    expect(hub.asked).toEqual([]);
    writeFileSync(join(to, 'config.json'), '[]');
    expect(await rejectedError(() => fetch({ to }))).toMatchObject({
      code: 'FILE_WRITE_FAILED',
      message: expect.stringContaining('config.json'),
    });
    expect(readFileSync(join(to, 'config.json'), 'utf8')).toBe('[]');
  });

  it('shows the token to the hub and to nobody that a redirect names', async () => {
    const { hub, fetch } = await scene();
    hub.token = 'secret';
    const elsewhere: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      elsewhere.push(request.headers.authorization);
      response.end(hub.files.get(PARTS[1]));
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    hub.interfere = (path, _request, response) => {
      if (path !== PARTS[1]) return false;
      response.writeHead(302, { location: `http://127.0.0.1:${port}/x` }).end();
      return true;
    };
    await fetch({ token: 'secret' });
    other.closeAllConnections();
    other.close();
    expect(new Set(hub.asked.map(({ token }) => token))).toEqual(new Set(['Bearer secret']));
    expect(elsewhere).toEqual([undefined]);
  });
});

describe('a connection that breaks', () => {
  it('is made again, and goes on from the byte it broke at', async () => {
    const { hub, fetch, blob } = await scene();
    breaking(hub, PARTS[0], `${blob(PARTS[0])}.headscope.incomplete`, 100_000, 2);
    const { folder } = await fetch();
    expect(hub.asked.filter(({ path }) => path === PARTS[0]).map(({ range }) => range)).toEqual([
      undefined,
      'bytes=100000-',
      'bytes=200000-',
    ]);
    expect(Buffer.compare(readFileSync(join(folder, PARTS[0])), hub.files.get(PARTS[0]) ?? new Uint8Array())).toBe(0);
  });

  it('ends the command where it stays broken; the next one takes what has come', async () => {
    const { hub, fetch, blob } = await scene();
    breaking(hub, PARTS[0], `${blob(PARTS[0])}.headscope.incomplete`, 123_456, 1);
    const sendsPart = hub.interfere;
    hub.interfere = (path, request, response, bytes) => {
      if (sendsPart(path, request, response, bytes)) return true;
      if (path === PARTS[0]) response.destroy();
      return path === PARTS[0];
    };
    expect((await rejectedError(() => fetch())).code).toBe('FETCH_FAILED');
    expect(lstatSync(`${blob(PARTS[0])}.headscope.incomplete`).size).toBe(123_456);
    expect(existsSync(blob(PARTS[0]))).toBe(false);
    hub.interfere = () => false;
    hub.asked.length = 0;
    const { totalBytes, receivedBytes } = await fetch();
    expect(hub.asked).toEqual([{ path: PARTS[0], range: 'bytes=123456-', token: undefined }, expect.objectContaining({ path: PARTS[1] })]);
    expect(receivedBytes).toBe(300_000 - 123_456 + 2000);
    expect(totalBytes).toBeGreaterThan(receivedBytes);
  });

  it('is made again after 503 and 429, and for a server that knows no ranges', async () => {
    const { hub, fetch, blob } = await scene();
    mkdirSync(dirname(blob(PARTS[0])), { recursive: true });
    writeFileSync(`${blob(PARTS[0])}.headscope.incomplete`, hub.files.get(PARTS[0])?.subarray(0, 1000) ?? '');
    const answers = [503, 429];
    hub.interfere = (path, _request, response, bytes) => {
      if (path !== PARTS[0]) return false;
      const status = answers.shift();
      if (status === undefined) response.end(bytes);
      else response.writeHead(status).end();
      return true;
    };
    await fetch();
    expect(sha256(readFileSync(blob(PARTS[0])))).toBe(sha256(hub.files.get(PARTS[0]) ?? new Uint8Array()));
  });
});

describe('bytes that are not what the hub lists', () => {
  it('are not kept, large and small', async () => {
    for (const name of [PARTS[0], 'config.json']) {
      const { hub, fetch, blob } = await scene();
      hub.interfere = (path, _request, response, bytes) => {
        if (path !== name) return false;
        const wrong = Uint8Array.from(bytes);
        wrong[3] = (wrong[3] ?? 0) ^ 1;
        response.end(wrong);
        return true;
      };
      expect(await rejectedError(() => fetch())).toMatchObject({ code: 'FETCH_FAILED', message: expect.stringContaining('hash') });
      expect([existsSync(blob(name)), existsSync(`${blob(name)}.headscope.incomplete`)]).toEqual([false, false]);
    }
  });

  it('of an earlier attempt are given up, and the file comes from its start', async () => {
    const { hub, fetch, blob } = await scene();
    mkdirSync(dirname(blob(PARTS[0])), { recursive: true });
    writeFileSync(`${blob(PARTS[0])}.headscope.incomplete`, noise(7000, 5));
    await fetch();
    expect(hub.asked.filter(({ path }) => path === PARTS[0]).map(({ range }) => range)).toEqual(['bytes=7000-', undefined]);
  });

  it('are refused when they are too many', async () => {
    const { hub, fetch } = await scene();
    hub.interfere = (path, _request, response, bytes) => {
      if (path !== PARTS[1]) return false;
      response.end(Buffer.concat([bytes, bytes]));
      return true;
    };
    expect(await rejectedError(() => fetch())).toMatchObject({ code: 'FETCH_FAILED', message: expect.stringContaining('longer') });
  });
});

describe('a refusal', () => {
  it('names what a user can do: no access, no repository, no revision, no hub', async () => {
    const { hub, fetch } = await scene();
    hub.token = 'secret';
    expect(await rejectedError(() => fetch())).toMatchObject({
      code: 'FETCH_FAILED',
      data: { status: 401 },
      message: expect.stringContaining('HF_TOKEN'),
    });
    expect((await rejectedError(() => fetch({ token: 'other' }))).message).toContain('licence');
    hub.token = null;
    expect(await rejectedError(() => fetch({ repository: 'org/none' }))).toMatchObject({ code: 'FETCH_FAILED', data: { status: 404 } });
    expect((await rejectedError(() => fetch({ revision: 'v9' }))).message).toContain('v9');
    expect((await rejectedError(() => fetch({ endpoint: 'http://127.0.0.1:1' }))).message).toContain('cannot be reached');
    for (const wrong of [{ repository: '../x' }, { revision: '../../x' }])
      expect((await rejectedError(() => fetch(wrong))).code).toBe('INVALID_REQUEST');
  });

  it('comes for files beyond the disk, before anything large is asked for', async () => {
    const { hub, cache, fetch } = await scene();
    hub.list = (path) => (path === PARTS[0] ? { lfs: { oid: 'a'.repeat(64), size: 9e15 } } : {});
    expect(await rejectedError(() => fetch())).toMatchObject({ code: 'FILE_WRITE_FAILED', message: expect.stringContaining('room') });
    expect(hub.asked.map(({ path }) => path)).toEqual([INDEX]);
    expect(existsSync(join(cache, 'models--org--net/refs/main'))).toBe(false);
  });

  it('comes for weights that are no safetensors, for an index that names others, and for paths out of the folder', async () => {
    const only = async (files: Record<string, string | Uint8Array>) => rejectedError((await scene(files)).fetch);
    expect((await only({ 'config.json': '{}', 'pytorch_model.bin': noise(10, 1) })).code).toBe('UNSUPPORTED_WEIGHTS');
    expect((await only({ [INDEX]: weightMap('pytorch_model.bin'), 'pytorch_model.bin': 'x' })).code).toBe('UNSUPPORTED_WEIGHTS');
    expect((await only({ [INDEX]: weightMap('../x.safetensors'), '../x.safetensors': 'x' })).code).toBe('CHECKPOINT_INVALID');
    expect((await only({ [INDEX]: 'not json' })).code).toBe('CHECKPOINT_INVALID');
  });

  it('comes for a file that another download is at', async () => {
    const { fetch, blob } = await scene();
    mkdirSync(dirname(blob(PARTS[0])), { recursive: true });
    writeFileSync(`${blob(PARTS[0])}.headscope.incomplete.lock`, String(process.pid));
    expect((await rejectedError(() => fetch())).message).toContain('under way');
    writeFileSync(`${blob(PARTS[0])}.headscope.incomplete.lock`, '999999999');
    await fetch();
  });
});

describe('cancelling', () => {
  it('stops in the middle of a file and keeps what has come', async () => {
    const { hub, fetch, blob } = await scene();
    hub.interfere = (path, _request, response, bytes) => {
      if (path !== PARTS[0]) return false;
      response.write(bytes.subarray(0, 50_000)); // and then nothing
      return true;
    };
    const abort = new AbortController();
    const error = await rejectedError(() =>
      fetch({
        signal: abort.signal,
        onProgress: (_done, _total, path) => path === PARTS[0] && lstatSync(`${blob(path)}.headscope.incomplete`).size > 0 && abort.abort(),
      }),
    );
    expect(error.code).toBe('CANCELLED');
    expect(lstatSync(`${blob(PARTS[0])}.headscope.incomplete`).size).toBeGreaterThan(0);
    hub.interfere = () => false;
    await fetch();
    expect((await rejectedError(() => fetch({ signal: abort.signal }))).code).toBe('CANCELLED');
  });

  it('is not needed for a hub that falls silent', async () => {
    const { hub, fetch } = await scene();
    hub.interfere = (path) => path === PARTS[0];
    expect(await rejectedError(() => fetch({ stallMs: 100 }))).toMatchObject({
      code: 'FETCH_FAILED',
      message: expect.stringContaining('does not answer'),
    });
  });
});
