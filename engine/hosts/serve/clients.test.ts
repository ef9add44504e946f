// What a connected client may do to the server, and what the server does about it.
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { PROTOCOL_VERSION } from '../../protocol/limits.ts';
import { CLOSE } from './clients.ts';
import { client, closing, hello, idle, knock, start, testService, until } from './server.fixture.ts';

describe('a client', () => {
  it('that is one too many is told so', async () => {
    const server = await start({ limits: { clients: 2 } });
    const first = await client(server);
    const second = await client(server);
    const { socket } = await knock(server);
    expect(await closing(socket)).toMatchObject({ code: CLOSE.tooMany });
    expect(await first.call('run.list', {})).toEqual({ runs: [] });
    second.close();
    expect(await until(() => server.clients === 1)).toBe(true);
    const third = await client(server);
    expect(await third.call('run.list', {})).toEqual({ runs: [] });
    first.close();
    third.close();
  });

  it('that sends too much at once is cut off', async () => {
    const service = testService();
    const server = await start({ service, limits: { messageBytes: 2000 } });
    const { socket } = await knock(server);
    socket.send(hello);
    const closed = closing(socket);
    socket.send('x'.repeat(3000));
    expect((await closed).code).toBe(1009);
    expect(await until(() => service.gone === 1)).toBe(true);
  });

  it('that sends nonsense gets a coded error and goes on', async () => {
    const { socket } = await knock(await start());
    const answers: { kind: string; error?: { code: string } }[] = [];
    socket.on('message', (message) => answers.push(JSON.parse(message.toString())));
    for (const text of [hello, '{', '[]', '"text"', '']) socket.send(text);
    socket.send(JSON.stringify({ kind: 'request', id: 1, method: 'run.list', params: {} }));
    expect(await until(() => answers.length === 6)).toBe(true);
    expect(answers.map(({ kind, error }) => error?.code ?? kind)).toEqual(['hello', ...Array(4).fill('INVALID_REQUEST'), 'result']);
    socket.close();
  });

  it('that does not read holds up its own frames, not the server, and goes on when it reads', async () => {
    const service = testService();
    const server = await start({ service, limits: { congestedBytes: 4 << 20, mostBytes: 32 << 20 } });
    const { socket } = await knock(server);
    let received = 0;
    socket.on('message', (_, binary) => {
      if (binary) received += 1;
    });
    socket.send(JSON.stringify({ kind: 'hello', protocol: PROTOCOL_VERSION, client: 'slow', credit: 256 << 20 }));
    socket.pause();
    socket.send(JSON.stringify({ kind: 'request', id: 1, method: 'run.logits', params: { runId: 'r', begin: 0, end: 1 } }));
    expect(await until(() => service.sent >= 4)).toBe(true);
    await idle(200);
    const held = service.sent;
    // What the kernel's own buffers take comes on top.
    expect(held).toBeLessThan(30);
    const other = await client(server);
    expect(await other.call('run.list', {})).toEqual({ runs: [] });
    socket.resume();
    expect(await until(() => received > held + 20)).toBe(true);
    socket.terminate();
    other.close();
  });

  it('that asks and never reads the answers is cut off', async () => {
    const service = testService();
    const server = await start({ service, limits: { mostBytes: 1 << 20, congestedBytes: 1 << 19 } });
    const { socket } = await knock(server);
    socket.send(hello);
    socket.pause();
    // Every one is answered by an error that repeats the method's name.
    const question = (id: number) => JSON.stringify({ kind: 'request', id, method: 'x'.repeat(100), params: {} });
    for (let id = 1; id < 60_000 && service.gone === 0; id += 1) {
      socket.send(question(id));
      if (id % 500 === 0) await idle(1);
    }
    expect(await until(() => service.gone === 1, 10_000)).toBe(true);
    socket.terminate();
  });

  it('that says much right after its hello is let in', async () => {
    const { socket } = await knock(await start({ limits: { firstBytes: 1000 } }));
    const answers: string[] = [];
    socket.on('message', (message) => answers.push(JSON.parse(message.toString()).kind));
    socket.send(hello);
    socket.send(JSON.stringify({ kind: 'request', id: 1, method: 'run.list', params: { long: 'x'.repeat(50_000) } }));
    expect(await until(() => answers.length === 2)).toBe(true);
    expect(answers).toEqual(['hello', 'error']);
    socket.close();
  });

  it('that no longer answers pings is dropped', async () => {
    const service = testService();
    const server = await start({ service, limits: { pingMs: 40 } });
    const { socket: lively } = await knock(server);
    lively.send(hello);
    const { socket: frozen } = await knock(server, { autoPong: false });
    frozen.send(hello);
    expect(await until(() => server.clients === 1)).toBe(true);
    await idle(150);
    expect(lively.readyState).toBe(WebSocket.OPEN);
    expect(service.gone).toBe(1);
    lively.terminate();
  });

  it('is told when the server stops, and its port is free again', async () => {
    const service = testService();
    const server = await start({ service });
    const { socket } = await knock(server);
    socket.send(hello);
    const closed = closing(socket);
    const half = await new Promise<Socket>((resolve) => {
      const plain = connect(server.port, '127.0.0.1', () => resolve(plain));
    });
    half.write('GET / HTTP/1.1\r\nHost: localhost\r\n');
    const begin = performance.now();
    await server.close();
    expect(performance.now() - begin).toBeLessThan(3000);
    expect(await closed).toMatchObject({ code: CLOSE.stopping });
    expect(service.gone).toBe(1);
    half.destroy();
    const again = await start({ port: server.port });
    expect(again.port).toBe(server.port);
  });
});
