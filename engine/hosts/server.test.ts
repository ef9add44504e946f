// The server's doors: what each of them refuses, and that the rest goes through.
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { CLOSE } from './serve/clients.ts';
import { client, closing, get, hello, knock, start, until } from './serve/server.fixture.ts';
import { DEFAULT_PORT } from './server.ts';

describe('the files', () => {
  it('are those of the interface, typed, with a policy', async () => {
    const server = await start();
    const page = await get(server, '/');
    expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>start</title>' });
    expect(page.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    const policy = page.headers['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).not.toContain('unsafe');
    const script = await get(server, '/assets/main-a1b2c3d4.js?v=1');
    expect(script.headers).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8' });
    expect(script.headers['cache-control']).toContain('immutable');
    expect(await get(server, '/index.html', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
    expect(await get(server, '/assets/empty.css')).toMatchObject({ status: 200, body: '' });
  });

  it.each([
    '/../secret.json',
    '/assets/../../secret.json',
    '/%2e%2e/secret.json',
    '/..%2fsecret.json',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.json',
    '/..%5csecret.json',
    '//secret.json',
    '/link.json',
    '/.hidden.json',
    '/assets',
    '/assets/',
    '/assets/main-a1b2c3d4.js.map',
    '/index.html%00.js',
    '/%',
    '/no-such.js',
    '/atlas',
    'http://127.0.0.1/secret.json',
  ])('are not %s', async (path) => {
    const answer = await get(await start(), path);
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('secret":');
  });

  it('are read only, and say so where they are not built', async () => {
    const server = await start();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) expect(await get(server, '/', {}, method)).toMatchObject({ status: 405 });
    const bare = await start({ folder: undefined });
    expect(await get(bare, '/')).toMatchObject({ status: 503, body: expect.stringContaining('not built') });
    expect(await get(bare, '/package.json')).toMatchObject({ status: 404 });
  });
});

describe('a name or page that is not this server’s', () => {
  it('is refused files', async () => {
    const server = await start();
    for (const host of [
      'evil.example',
      `evil.example:${server.port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
      '[::1',
      'a b',
      '@127.0.0.1',
    ]) {
      expect(await get(server, '/', { host }), host).toMatchObject({ status: 403 });
    }
    for (const host of ['localhost', `127.0.0.1:${server.port}`, '[::1]:9', 'LOCALHOST:8080']) {
      expect(await get(server, '/', { host }), host).toMatchObject({ status: 200 });
    }
    expect(await get(server, '/', { origin: 'http://evil.example' })).toMatchObject({ status: 403 });
  });

  it('is refused the socket', async () => {
    const server = await start();
    const host = `127.0.0.1:${server.port}`;
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', `http://localhost:${server.port}`, `file://${host}`]) {
      expect((await knock(server, { headers: { origin } })).outcome, origin).toBe(403);
    }
    expect((await knock(server, { headers: { host: 'evil.example', origin: 'http://evil.example' } })).outcome).toBe(403);
    expect((await knock(server, { headers: { host: 'evil.example' } })).outcome).toBe(403);
    expect((await knock(server, { headers: { origin: `http://${host}` } })).outcome).toBe('open');
    expect((await knock(server)).outcome).toBe('open');
  });

  it('finds the socket at one path only, without a query', async () => {
    const server = await start({ askToken: true });
    for (const path of ['/', '/ws/', '/WS', `/ws?token=${server.token}`]) expect((await knock(server, {}, path)).outcome, path).toBe(404);
  });
});

describe('the token', () => {
  it('is asked for beyond loopback, and where it is wished', async () => {
    expect((await start()).token).toBeUndefined();
    expect((await start({ askToken: true })).token).toMatch(/^[\w-]{32}$/);
    const open = await start({ host: '0.0.0.0' });
    expect(open.token).toMatch(/^[\w-]{32}$/);
    expect(open.url).not.toContain(open.token ?? '?');
    // The files are no secret: the page asks for the token.
    expect(await get(open, '/')).toMatchObject({ status: 200 });
    expect(await get(open, '/', { host: 'evil.example' })).toMatchObject({ status: 403 });
  });

  it('opens in a header or as the first message', async () => {
    const server = await start({ askToken: true });
    const { token } = server;
    const byHeader = await client(server, { headers: { authorization: `Bearer ${token}` } });
    expect(await byHeader.call('run.list', {})).toEqual({ runs: [] });
    const byMessage = await client(server, {}, token);
    expect(await byMessage.call('run.list', {})).toEqual({ runs: [] });
    byHeader.close();
    byMessage.close();
    // A page that has one does not need to know whether this server wants it.
    const relaxed = await client(await start(), {}, 'whatever');
    expect(await relaxed.call('run.list', {})).toEqual({ runs: [] });
    relaxed.close();
  });

  it('is refused where it is wrong or missing', async () => {
    const server = await start({ askToken: true });
    for (const authorization of ['Bearer wrong', `bearer ${server.token}`, `Basic ${server.token}`, `Bearer ${server.token}x`, 'Bearer ']) {
      expect((await knock(server, { headers: { authorization } })).outcome, authorization).toBe(401);
    }
    for (const first of [hello, JSON.stringify({ token: 'wrong' }), JSON.stringify({ token: 5 }), '{}', 'x', Buffer.from('{"token":1}')]) {
      const { socket } = await knock(server);
      const answers: unknown[] = [];
      socket.on('message', (message) => answers.push(message));
      const closed = closing(socket);
      socket.send(first);
      socket.send(hello);
      expect(await closed).toMatchObject({ code: CLOSE.noToken, reason: expect.stringContaining('token') });
      expect(answers).toEqual([]);
    }
  });

  it('does not let a stranger fill memory or wait for ever', async () => {
    const server = await start({ askToken: true, limits: { firstBytes: 1000, firstMs: 80 } });
    const { socket: talker } = await knock(server);
    const cut = closing(talker);
    talker.send('x'.repeat(100_000));
    expect((await cut).code).toBe(1006);
    const { socket: silent } = await knock(server);
    expect((await closing(silent)).code).toBe(CLOSE.silent);
    expect(await until(() => server.clients === 0)).toBe(true);
  });
});

describe('the port', () => {
  it('is the next free one where none was asked for, and refused where one was', async () => {
    const first = await start({ port: undefined });
    const second = await start({ port: undefined });
    expect(first.port).toBeGreaterThanOrEqual(DEFAULT_PORT);
    expect(second.port).toBeGreaterThan(first.port);
    await expect(start({ port: first.port })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringContaining('in use'),
    });
    await expect(start({ host: 'no-such-host.invalid' })).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({ message: expect.stringContaining('no address of this machine') });
  });

  it('answers what is no HTTP with 400', async () => {
    const server = await start();
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(server.port, '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
      socket.on('data', (data) => resolve(data.toString()));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});
