// The interface's files over HTTP: what lies in one folder, and nothing else.
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { inside } from '../../service/host_policy.ts';

/** Only what is listed is served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/** The page loads its own files and pictures it makes, and may not be framed; no other page may read or open it. */
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; '),
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=()',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

/** What the build names by a hash of its content never changes. */
const HASHED = /[/\\]assets[/\\][^/\\]+-[\w-]{8,}\.\w+$/;

/** A plain answer of a sentence. */
export function answerText(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, {
    ...HEADERS,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.byteLength,
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(body);
}

/** The file that a request's path names; undefined where there is none to serve. */
async function find(folder: string, url: string): Promise<{ path: string; type: string; bytes: number } | undefined> {
  const raw = url.split(/[?#]/, 1)[0] ?? '';
  let name: string;
  try {
    name = decodeURIComponent(raw);
  } catch {
    return undefined;
  }
  if (name === '/') name = '/index.html';
  const bad = !name.startsWith('/') || /[\0\\]/.test(name) || name.split('/').some((part) => part.startsWith('.'));
  const type = TYPES[extname(name)];
  if (bad || type === undefined) return undefined;
  try {
    const path = await realpath(join(folder, name));
    const facts = await stat(path);
    if (!facts.isFile() || !inside(await realpath(folder), path)) return undefined;
    return { path, type, bytes: facts.size };
  } catch {
    return undefined;
  }
}

/** Answers GET and HEAD. `folder`: the built interface; undefined where there is none. */
export async function answerFile(folder: string | undefined, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answerText(response, 405, 'Only GET and HEAD are answered.', { Allow: 'GET, HEAD' });
    return;
  }
  const url = request.url ?? '/';
  const file = folder === undefined ? undefined : await find(folder, url);
  if (!file) {
    const start = /^\/([?#]|$)/.test(url);
    if (start) answerText(response, 503, 'The interface is not built. Run: npm run build');
    else answerText(response, 404, 'There is no such file.');
    return;
  }
  response.writeHead(200, {
    ...HEADERS,
    'Content-Type': file.type,
    'Content-Length': file.bytes,
    'Cache-Control': HASHED.test(file.path) ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  // A client that goes away in the middle is nobody's error.
  else await pipeline(createReadStream(file.path, { end: Math.max(0, file.bytes - 1) }), response).catch(() => response.destroy());
}
