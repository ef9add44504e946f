// A small hub on this machine for tests: the listing and files of one repository as huggingface.co serves them, and the troubles a network has.
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterAll } from 'vitest';

export interface HubStandIn {
  endpoint: string;
  /** Content by path; what is longer than `lfsFrom` bytes is listed as a large file. */
  files: Map<string, Uint8Array>;
  commit: string;
  /** Every request for a file: its path, range and token. */
  asked: { path: string; range: string | undefined; token: string | undefined }[];
  /** The token a client has to show; null: none. */
  token: string | null;
  /** Answers a file's request itself and returns true, or leaves it to the hub. */
  interfere: (path: string, request: IncomingMessage, response: ServerResponse, bytes: Uint8Array) => boolean;
  /** Replaces fields of the listing's entries. */
  list: (path: string) => Record<string, unknown>;
  /** Entries a page of the listing. */
  pageSize: number;
  lfsFrom: number;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
export const gitSha1 = (bytes: Uint8Array): string => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

/** Serves ORG/NAME 'org/net' at main and v1 until the tests of the file are over. */
export async function hubStandIn(files: Record<string, string | Uint8Array>): Promise<HubStandIn> {
  const encoded = Object.entries(files).map(([path, bytes]): [string, Uint8Array] => [
    path,
    typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
  ]);
  const hub: HubStandIn = {
    endpoint: '',
    files: new Map(encoded),
    commit: 'c0ffee'.padEnd(40, '0'),
    asked: [],
    token: null,
    interfere: () => false,
    list: () => ({}),
    pageSize: 3,
    lfsFrom: 1000,
  };
  const server = createServer((request, response) => answer(hub, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  hub.endpoint = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return hub;
}

function answer(hub: HubStandIn, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', hub.endpoint);
  const json = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
  };
  const revision = /^\/api\/models\/org\/net\/revision\/([^/]+)$/.exec(url.pathname)?.[1];
  if (hub.token !== null && request.headers.authorization !== `Bearer ${hub.token}`) json(401, { error: 'Invalid credentials' });
  else if (revision !== undefined && [hub.commit, 'main', 'v1'].includes(revision)) json(200, { _id: '1', id: 'org/net', sha: hub.commit });
  else if (url.pathname === `/api/models/org/net/tree/${hub.commit}`) list(hub, url, json);
  else if (!sendFile(hub, url, request, response)) json(404, { error: 'Not found' });
}

function sendFile(hub: HubStandIn, url: URL, request: IncomingMessage, response: ServerResponse): boolean {
  const prefix = `/org/net/resolve/${hub.commit}/`;
  const path = decodeURIComponent(url.pathname.slice(prefix.length));
  const bytes = url.pathname.startsWith(prefix) ? hub.files.get(path) : undefined;
  if (bytes === undefined) return false;
  const range = request.headers.range;
  hub.asked.push({ path, range, token: request.headers.authorization });
  if (hub.interfere(path, request, response, bytes)) return true;
  const begin = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const partly = { 'content-range': `bytes ${begin}-${bytes.length - 1}/${bytes.length}` };
  response.writeHead(range === undefined ? 200 : 206, range === undefined ? {} : partly).end(bytes.subarray(begin));
  return true;
}

type Json = (status: number, body: unknown, headers?: Record<string, string>) => void;

function list(hub: HubStandIn, url: URL, json: Json): void {
  const entries = [...hub.files].map(([path, bytes]) => ({
    type: 'file',
    path,
    size: bytes.length,
    oid: gitSha1(bytes),
    ...(bytes.length > hub.lfsFrom ? { lfs: { oid: sha256(bytes), size: bytes.length, pointerSize: 130 } } : {}),
    ...hub.list(path),
  }));
  const from = Number(url.searchParams.get('cursor') ?? 0);
  const next = from + hub.pageSize;
  const link = `<${hub.endpoint}${url.pathname}?recursive=true&cursor=${next}>; rel="next"`;
  json(200, entries.slice(from, next), next < entries.length ? { link } : {});
}
