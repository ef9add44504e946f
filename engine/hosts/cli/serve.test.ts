// `headscope serve` as a process, as a browser's page would use it: ready line, token, a prefill by id, Ctrl+C.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { temporaryFolder, writeModelFolder } from '../../checkpoint/tiny_checkpoint.ts';
import { Client } from '../../protocol/client.ts';
import { CLIENT_LIMITS } from '../serve/clients.ts';
import { WebSocketTransport } from '../serve/websocket_transport.ts';

const program = join(import.meta.dirname, '..', '..', '..', 'bin', 'headscope.mjs');

interface Served {
  child: ChildProcess;
  ready: { url: string; token?: string };
  /** Lines of stderr so far. */
  notes: string[];
  ended: Promise<{ status: number | null; out: string[] }>;
}

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function serveWith(...args: string[]): Promise<Served> {
  const child = spawn(process.execPath, [program, 'serve', '--json', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const out: string[] = [];
  const notes: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => notes.push(line));
  const first = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      out.push(line);
      resolve(line);
    });
    child.once('exit', () => reject(new Error(`serve ended: ${notes.join('\n')}`)));
  });
  const ended = new Promise<{ status: number | null; out: string[] }>((resolve) =>
    child.once('close', (status) => resolve({ status, out })),
  );
  return { child, ready: JSON.parse(await first), notes, ended };
}

async function connect({ url, token }: Served['ready'], headers: Record<string, string> = {}): Promise<Client> {
  const socket = new WebSocket(new URL('ws', url.replace('http', 'ws')), { headers });
  await new Promise((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  if (token !== undefined) socket.send(JSON.stringify({ token }));
  const client = new Client(new WebSocketTransport(socket, CLIENT_LIMITS), { validate: true });
  await client.ready();
  return client;
}

describe('serve', () => {
  it('serves the bundled model and the offered folders by id, and stops at Ctrl+C', async () => {
    const offered = temporaryFolder();
    const elsewhere = writeModelFolder();
    const { child, ready, ended } = await serveWith('--port', '0', '--models', offered);
    expect(ready).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/) });
    const client = await connect(ready, { origin: ready.url.slice(0, -1) });
    const { models, prompts } = await client.call('library.list', {});
    expect(models).toEqual([{ id: 'bundled:demo-model', name: 'demo-model', path: null, bundled: true }]);
    const run = await client.call('run.prefill', { model: 'bundled:demo-model', prompt: { text: prompts[0]?.text ?? '' } });
    expect(run.rows).toBeGreaterThan(300);
    expect(await client.call('engine.info', {})).toMatchObject({ writesFiles: false });
    await expect(client.call('run.save', { runId: run.runId, path: join(offered, 'run') })).rejects.toMatchObject({
      code: 'FILE_WRITE_FAILED',
    });
    for (const path of [offered, elsewhere])
      await expect(client.call('run.delete', { path })).rejects.toMatchObject({ code: 'FILE_WRITE_FAILED' });
    await expect(client.call('checkpoint.inspect', { model: elsewhere })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    const gone = client.call('run.prefill', {
      model: 'bundled:demo-model',
      prompt: { ids: Array.from({ length: 20_000 }, (_, i) => 3 + (i % 900)) },
    });
    const lost = expect(gone).rejects.toMatchObject({ code: 'BACKEND_LOST' });
    child.kill('SIGINT');
    expect(await ended).toEqual({ status: 0, out: [JSON.stringify(ready)] });
    await lost;
  });

  it('asks for the token it printed where others can reach it', async () => {
    const { child, ready, ended } = await serveWith('--port', '0', '--host', '0.0.0.0');
    expect(ready.token).toMatch(/^[\w-]{32}$/);
    const url = ready.url.replace(/\/\/[^:]+:/, '//127.0.0.1:');
    const client = await connect({ ...ready, url });
    expect((await client.call('run.list', {})).runs).toEqual([]);
    await expect(connect({ url })).rejects.toMatchObject({ code: 'BACKEND_LOST' });
    client.close();
    child.kill('SIGTERM');
    expect((await ended).status).toBe(0);
  });

  it('goes to the next port where 4173 is taken, and says so', async () => {
    const first = await serveWith();
    const second = await serveWith();
    expect(second.ready.url).not.toBe(first.ready.url);
    expect(second.notes.join('\n')).toContain('Port 4173 is in use; this is ');
  });
});
