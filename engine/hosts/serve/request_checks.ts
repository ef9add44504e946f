// Who may talk to the server: the names it answers to, the pages it trusts, the token.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { hostname } from 'node:os';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];

/** Whether only this machine reaches what listens there. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.includes(host) || (isIP(host) === 4 && host.startsWith('127.'));
}

/** The name of 'name', 'name:port' or '[v6]:port', in lower case; undefined for anything else. */
function nameOf(authority: string): string | undefined {
  const match = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::\d{1,5})?$/i.exec(authority);
  return (match?.[1] ?? match?.[2])?.toLowerCase();
}

const firstLabel = (name: string): string => name.split('.', 1)[0] ?? '';

/**
 * Whether a request's Host is one that this server goes by. A page whose own name was made to point here (DNS rebinding) sends that
 * name. The port is not looked at: behind an ssh tunnel it is the tunnel's. `host`: what the server listens on.
 */
export function knownHost(authority: string | undefined, host: string): boolean {
  const name = authority === undefined ? undefined : nameOf(authority);
  if (name === undefined) return false;
  if (LOOPBACK_NAMES.includes(name)) return true;
  if (isLoopback(host)) return name === host;
  // An address is not a name that could be made to point elsewhere.
  return isIP(name) !== 0 || name === host.toLowerCase() || firstLabel(name) === firstLabel(hostname().toLowerCase());
}

/** Whether the page that sent a request is this server's own. Programs other than browsers send no Origin. */
export function ownOrigin(origin: string | undefined, authority: string | undefined): boolean {
  if (origin === undefined) return true;
  const cut = /^https?:\/\/(.+)$/i.exec(origin)?.[1];
  return cut !== undefined && authority !== undefined && cut.toLowerCase() === authority.toLowerCase();
}

/** Refuses a request in a sentence; undefined: it may go on. */
export function refusal(request: IncomingMessage, host: string): string | undefined {
  const { host: authority, origin } = request.headers;
  if (!knownHost(authority, host)) return 'This server does not go by that name.';
  if (!ownOrigin(origin, authority)) return 'This page is not of this server.';
  return undefined;
}

export function newToken(): string {
  return randomBytes(24).toString('base64url');
}

/** In a time that does not tell how much of the token is right. */
export function sameToken(given: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

/** The token of 'Authorization: Bearer TOKEN'. */
export function bearer(request: IncomingMessage): string | undefined {
  return /^Bearer ([\w-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
}
