// `headscope serve`: the interface's files and the engine's protocol on one port. HTTP answers files, /ws is the protocol.
import { createServer, type Server, STATUS_CODES } from 'node:http';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import { HeadscopeError } from '../protocol/errors.ts';
import type { Service } from '../protocol/server.ts';
import { CLIENT_LIMITS, type ClientLimits, Clients } from './serve/clients.ts';
import { isLoopback, newToken, refusal } from './serve/request_checks.ts';
import { answerFile, answerText } from './serve/static_files.ts';

export const DEFAULT_PORT = 4173;
/** Ports tried after the default one. */
const NEXT_PORTS = 20;
const SOCKET_PATH = '/ws';
const MOST_CONNECTIONS = 256;

export interface ServerOptions {
  service: Service;
  /** The built interface; undefined: it is not built. */
  folder: string | undefined;
  /** A name or address of this machine. Anything but loopback needs a token. */
  host: string;
  /** Absent: 4173, or the next one that is free. */
  port?: number | undefined;
  /** Asks for a token on loopback too: others may be logged in. */
  askToken?: boolean | undefined;
  limits?: Partial<ClientLimits>;
}

export interface RunningServer {
  url: string;
  port: number;
  /** undefined: none is asked for. */
  token: string | undefined;
  /** Clients connected now. */
  readonly clients: number;
  /** Says good-bye to every client; resolves when the port is free. */
  close(): Promise<void>;
}

/** Throws INVALID_REQUEST where nothing can listen there. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host, folder, service } = options;
  const token = options.askToken || !isLoopback(host) ? newToken() : undefined;
  const server = createServer({ keepAliveTimeout: 5_000, headersTimeout: 10_000, requestTimeout: 30_000 });
  server.maxConnections = MOST_CONNECTIONS;
  const port = await listen(server, host, options.port);
  const clients = new Clients(service, token, { ...CLIENT_LIMITS, ...options.limits });

  server.on('request', (request, response) => {
    const why = refusal(request, host);
    if (why !== undefined) answerText(response, 403, why);
    else void answerFile(folder, request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const status = refusal(request, host) !== undefined ? 403 : request.url !== SOCKET_PATH ? 404 : clients.accept(request, socket, head);
    if (status !== undefined) refuse(socket, status);
  });
  server.on('clientError', (_, socket) => refuse(socket, 400));

  return {
    url: `http://${shownHost(host)}:${port}/`,
    port,
    token,
    get clients() {
      return clients.count;
    },
    close: () =>
      new Promise((resolve) => {
        clients.close();
        server.close(() => resolve());
        server.closeIdleConnections();
        // Sockets that were upgraded are the clients' own; what else is open had its time.
        setTimeout(() => server.closeAllConnections(), 1_000).unref();
      }),
  };
}

function refuse(socket: Duplex, status: number): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function shownHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}

/** The port that it listens on. */
async function listen(server: Server, host: string, asked: number | undefined): Promise<number> {
  const last = asked ?? DEFAULT_PORT + NEXT_PORTS;
  for (let port = asked ?? DEFAULT_PORT; ; port += 1) {
    try {
      return await listenOn(server, host, port);
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (reason === 'EADDRINUSE' && port < last) continue;
      throw new HeadscopeError('INVALID_REQUEST', `${sentence(reason, host, port, asked === undefined)}`, { host, port, reason });
    }
  }
}

function listenOn(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function sentence(reason: string, host: string, port: number, several: boolean): string {
  switch (reason) {
    case 'EADDRINUSE':
      return several
        ? `Ports ${DEFAULT_PORT} to ${port} of ${host} are in use. Choose another with --port.`
        : `Port ${port} of ${host} is in use. Choose another with --port.`;
    case 'EACCES':
      return `Port ${port} of ${host} may not be opened by this user. Choose one above 1023 with --port.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${host} is no address of this machine. Choose one with --host, for example 127.0.0.1 or 0.0.0.0.`;
    default:
      return `Nothing can listen on port ${port} of ${host} (${reason || 'unknown reason'}).`;
  }
}
