// A page that crashed is loaded again; one that hangs can be. The engine is a process of its own and goes on.
import { type BrowserWindow, dialog } from 'electron';
import { PageCrashes } from './page_crashes.ts';

export function recoverPage(window: BrowserWindow): void {
  const { webContents } = window;
  const crashes = new PageCrashes();
  const ask = async (message: string, detail: string, buttons: [string, string]): Promise<boolean> => {
    const { response } = await dialog.showMessageBox(window, { type: 'warning', message, detail, buttons, cancelId: 1, noLink: true });
    return response === 0 && !window.isDestroyed();
  };

  webContents.on('render-process-gone', (_event, { reason }) => {
    const then = crashes.ended(reason, Date.now());
    if (then === 'ignore') return;
    console.error(`The interface's page ended (${reason}).`);
    if (then === 'reload') {
      webContents.reload();
      return;
    }
    void ask('The interface crashed several times in a minute.', 'Loading it again may help; a smaller run may, too.', [
      'Load It Again',
      'Close',
    ]).then((again) => {
      crashes.forget();
      if (again) webContents.reload();
      else window.destroy();
    });
  });

  let asking = false;
  window.on('unresponsive', () => {
    if (asking) return;
    asking = true;
    void ask('The interface does not respond.', 'Loading it again loses config edits that were not exported.', [
      'Load It Again',
      'Wait',
    ]).then((again) => {
      asking = false;
      if (again) webContents.forcefullyCrashRenderer();
    });
  });
}
