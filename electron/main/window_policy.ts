// The decisions behind navigation.ts and ipc.ts, as plain functions.
import { ORIGIN } from './app_files.ts';

const PERMISSIONS = new Set(['clipboard-sanitized-write', 'fullscreen']);
const LINK_HOSTS = new Set(['github.com', 'arxiv.org', 'huggingface.co']);

/** Everything not named is denied; Electron's own default is to allow. */
export function mayUse(permission: string, url: string): boolean {
  return url.startsWith(`${ORIGIN}/`) && PERMISSIONS.has(permission);
}

export function isOutsideLink(url: string): boolean {
  try {
    const { protocol, hostname, username, password } = new URL(url);
    return protocol === 'https:' && LINK_HOSTS.has(hostname) && username === '' && password === '';
  } catch {
    return false;
  }
}

/** The frame a message came from, as far as the check needs it. Null where it is gone. */
export interface SenderFrame {
  url: string;
  /** Null in a top frame. */
  parent: unknown;
}

/** Only the interface's own page, and only its top frame, speaks to main. */
export function isTrusted(frame: SenderFrame | null | undefined): boolean {
  return frame !== null && frame !== undefined && frame.parent === null && frame.url.startsWith(`${ORIGIN}/`);
}
