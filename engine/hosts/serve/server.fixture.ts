// Servers of a service that this fixture controls, and ways to knock at their doors: what the tests of the server share.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach } from 'vitest';
import { type ClientOptions as SocketOptions, WebSocket } from 'ws';
import { Client } from '../../protocol/client.ts';
import { MAX_FRAME_BYTES, PROTOCOL_VERSION } from '../../protocol/limits.ts';
import { type Method, methods } from '../../protocol/methods.ts';
import type { Handlers, Service } from '../../protocol/server.ts';
import { type RunningServer, type ServerOptions, startServer } from '../server.ts';
import { CLIENT_LIMITS } from './clients.ts';
import { WebSocketTransport } from './websocket_transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'headscope-server-'));
const site = join(folder, 'site');
mkdirSync(join(site, 'assets'), { recursive: true });
writeFileSync(join(site, 'index.html'), '<!doctype html><title>start</title>');
writeFileSync(join(site, 'assets', 'main-a1b2c3d4.js'), 'export {};');
writeFileSync(join(site, 'assets', 'empty.css'), '');
writeFileSync(join(site, 'assets', 'main-a1b2c3d4.js.map'), '{}');
writeFileSync(join(site, '.hidden.json'), '{}');
writeFileSync(join(folder, 'secret.json'), '{"secret":true}');
symlinkSync(join(folder, 'secret.json'), join(site, 'link.json'));

export const idle = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds));
const running: RunningServer[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export interface TestService extends Service {
  /** Frames that left run.logits so far, and clients gone. */
  sent: number;
  gone: number;
}

/** run.list answers; run.logits sends frames without end; everything else is not part of these tests. */
export function testService(): TestService {
  const missing = async () => {
    throw new Error('not part of this test');
  };
  const handlers: Partial<Handlers> = {
    'run.list': async () => ({ runs: [] }),
    'run.logits': async (_, { frame }) => {
      for (service.sent = 0; ; service.sent += 1) {
        const payload = new Uint8Array(MAX_FRAME_BYTES);
        await frame({ key: 0, dtype: 'f32', planes: 1, rows: 1, columns: MAX_FRAME_BYTES / 4, scale: [], payload });
      }
    },
  };
  const all = Object.fromEntries(Object.keys(methods).map((name) => [name, handlers[name as Method] ?? missing])) as Handlers;
  const service: TestService = {
    handlers: all,
    build: 'test',
    devices: ['CPU'],
    sent: 0,
    gone: 0,
    disconnected: () => {
      service.gone += 1;
    },
  };
  return service;
}

export async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ service: testService(), folder: site, host: '127.0.0.1', port: 0, ...options });
  running.push(server);
  return server;
}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  body: string;
}

/** The path is sent as it is: no client in between tidies it up. */
export function get(server: RunningServer, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port: server.port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    call.on('error', reject).end();
  });
}

/** 'open', or the HTTP status of the refusal. */
export function knock(
  server: RunningServer,
  options: SocketOptions = {},
  path = '/ws',
): Promise<{ socket: WebSocket; outcome: 'open' | number }> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${path}`, options);
    socket.on('open', () => resolve({ socket, outcome: 'open' }));
    socket.on('unexpected-response', (_, response) => {
      response.resume();
      resolve({ socket, outcome: response.statusCode ?? 0 });
    });
    socket.on('error', () => {});
  });
}

export function closing(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((resolve) => socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() })));
}

export async function client(server: RunningServer, options: SocketOptions = {}, token?: string): Promise<Client> {
  const { socket } = await knock(server, options);
  if (token !== undefined) socket.send(JSON.stringify({ token }));
  return new Client(new WebSocketTransport(socket, CLIENT_LIMITS), { validate: true });
}

export async function until(condition: () => boolean, milliseconds = 3000): Promise<boolean> {
  for (const begin = performance.now(); performance.now() - begin < milliseconds; await idle(5)) if (condition()) return true;
  return condition();
}

export const hello = JSON.stringify({ kind: 'hello', protocol: PROTOCOL_VERSION, client: 'test', credit: 0 });
