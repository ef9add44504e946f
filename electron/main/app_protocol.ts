// The app:// scheme: the interface's files with their headers.
import { readFile } from 'node:fs/promises';
import { type Protocol, protocol } from 'electron';
import { appFile, SCHEME } from './app_files.ts';
import { CONTENT_SECURITY_POLICY } from './content_policy.ts';

/** Before the application is ready, once. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

const COMMON = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
};

export function serveApp(target: Protocol, folder: string): void {
  target.handle(SCHEME, async (request) => {
    const file = request.method === 'GET' ? await appFile(folder, request.url) : null;
    if (file === null) return new Response('There is no such file.', { status: 404, headers: { ...COMMON, 'content-type': 'text/plain' } });
    const body = new Uint8Array(await readFile(file.path));
    return new Response(body, { headers: { ...COMMON, 'content-type': file.type } });
  });
}
