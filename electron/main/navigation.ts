// A window shows the interface and nothing else; links to the world open in the user's browser, and only these.
import { type Session, shell, type WebContents } from 'electron';
import { ORIGIN } from './app_files.ts';
import { isOutsideLink, mayUse } from './window_policy.ts';

export function confine(contents: WebContents): void {
  const stay = (event: { preventDefault(): void }, url: string) => {
    if (!url.startsWith(`${ORIGIN}/`)) event.preventDefault();
  };
  contents.on('will-navigate', (event, url) => stay(event, url));
  contents.on('will-redirect', (event, url) => stay(event, url));
  contents.on('will-frame-navigate', (event) => {
    // The interface has no frames: only the page itself may load, and only its own origin.
    if (!event.isMainFrame) event.preventDefault();
    else stay(event, event.url);
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(({ url }) => {
    if (isOutsideLink(url)) setImmediate(() => void shell.openExternal(url));
    return { action: 'deny' };
  });
}

export function denyPermissions(session: Session): void {
  session.setPermissionRequestHandler((contents, permission, answer) => answer(mayUse(permission, contents?.getURL() ?? '')));
  session.setPermissionCheckHandler((_contents, permission, origin) => mayUse(permission, `${origin.replace(/\/$/, '')}/`));
  session.setDevicePermissionHandler(() => false);
}
