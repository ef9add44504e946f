// The WebSocket clients of the server: admitted by token, counted, pinged, hung up on.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { MAX_MESSAGE_BYTES } from '../../protocol/limits.ts';
import { type Service, serve } from '../../protocol/server.ts';
import { bearer, sameToken } from './request_checks.ts';
import { bytesOf, jsonOf, type SendLimits, WebSocketTransport } from './websocket_transport.ts';

export interface ClientLimits extends SendLimits {
  clients: number;
  /** Bytes of one message. */
  messageBytes: number;
  /** Bytes and milliseconds that a connection has for its first message: the token, or the hello. */
  firstBytes: number;
  firstMs: number;
  /** A client that leaves a ping unanswered until the next one is gone. */
  pingMs: number;
}

export const CLIENT_LIMITS: ClientLimits = {
  clients: 16,
  messageBytes: MAX_MESSAGE_BYTES,
  firstBytes: 16 << 10,
  firstMs: 10_000,
  pingMs: 20_000,
  congestedBytes: 8 << 20,
  mostBytes: 64 << 20,
};

/** Close codes beyond the standard's, which a page can read. */
export const CLOSE = { stopping: 1001, tooMany: 1013, noToken: 4401, silent: 4408 } as const;
/** How long a peer has to answer a close before the connection is cut. */
const CLOSE_GRACE_MS = 1000;

export class Clients {
  readonly #service: Service;
  readonly #token: string | undefined;
  readonly #limits: ClientLimits;
  readonly #server: WebSocketServer;
  /** Value: a message or pong came since the last ping. */
  readonly #alive = new Map<WebSocket, boolean>();
  readonly #pings: NodeJS.Timeout;

  constructor(service: Service, token: string | undefined, limits: ClientLimits) {
    this.#service = service;
    this.#token = token;
    this.#limits = limits;
    this.#server = new WebSocketServer({
      noServer: true,
      perMessageDeflate: false,
      maxPayload: limits.messageBytes,
      clientTracking: false,
    });
    this.#pings = setInterval(() => this.#ping(), limits.pingMs);
  }

  get count(): number {
    return this.#alive.size;
  }

  /** Host and Origin were checked. Returns the HTTP status to refuse with, or undefined: the socket is taken over. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): number | undefined {
    const given = bearer(request);
    const knows = this.#token === undefined || (given !== undefined && sameToken(given, this.#token));
    if (!knows && request.headers.authorization !== undefined) return 401;
    this.#server.handleUpgrade(request, socket, head, (client) => this.#open(client, socket, knows));
    return undefined;
  }

  close(): void {
    clearInterval(this.#pings);
    for (const client of this.#alive.keys()) hangUp(client, CLOSE.stopping, 'The server stops.');
  }

  #open(client: WebSocket, socket: Duplex, knows: boolean): void {
    client.on('error', () => {});
    if (this.#alive.size >= this.#limits.clients) {
      hangUp(client, CLOSE.tooMany, `${this.#limits.clients} clients are connected; close one of them.`);
      return;
    }
    this.#alive.set(client, true);
    client.on('close', () => this.#alive.delete(client));
    client.on('pong', () => this.#seen(client));
    client.on('message', () => this.#seen(client));
    this.#await(client, socket, knows);
  }

  /** Lets the client in with its first message: the token where it has not shown it, anything where it has. */
  #await(client: WebSocket, socket: Duplex, knows: boolean): void {
    let bytes = 0;
    let waiting = true;
    // Behind the library's own listener: a chunk that brought the first message has ended the wait before it is counted.
    const count = (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (waiting && bytes > this.#limits.firstBytes) client.terminate();
    };
    const timer = setTimeout(() => hangUp(client, CLOSE.silent, 'Nothing was said.'), this.#limits.firstMs);
    socket.on('data', count);
    client.once('close', () => clearTimeout(timer));
    client.once('message', (data: RawData, binary: boolean) => {
      clearTimeout(timer);
      waiting = false;
      socket.off('data', count);
      const token = binary ? undefined : tokenOf(jsonOf(bytesOf(data)));
      if (!knows && (token === undefined || !sameToken(token, this.#token ?? ''))) {
        hangUp(client, CLOSE.noToken, token === undefined ? 'This server asks for its token.' : 'That is not the token of this server.');
        return;
      }
      serve(new WebSocketTransport(client, this.#limits), this.#service);
      // The first message was none for us: the transport takes it as it would any other.
      if (token === undefined) client.emit('message', data, binary);
    });
  }

  #seen(client: WebSocket): void {
    if (this.#alive.has(client)) this.#alive.set(client, true);
  }

  #ping(): void {
    for (const [client, alive] of this.#alive) {
      if (!alive) {
        client.terminate();
        continue;
      }
      this.#alive.set(client, false);
      if (client.readyState === client.OPEN) client.ping();
    }
  }
}

/** The token of {"token": "..."}. */
function tokenOf(message: unknown): string | undefined {
  if (typeof message !== 'object' || message === null || !('token' in message)) return undefined;
  return typeof message.token === 'string' ? message.token : undefined;
}

function hangUp(client: WebSocket, code: number, reason: string): void {
  client.close(code, reason);
  const timer = setTimeout(() => client.terminate(), CLOSE_GRACE_MS);
  client.once('close', () => clearTimeout(timer));
}
