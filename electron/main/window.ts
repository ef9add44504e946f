// The one window: opened where it was, locked down, asking before edits are lost.
import { BrowserWindow, dialog, nativeTheme, screen } from 'electron';
import { START_PAGE } from './app_files.ts';
import type { JsonFile } from './json_file.ts';
import { confine } from './navigation.ts';
import { recoverPage } from './page_recovery.ts';
import type { Places } from './places.ts';
import { MIN_HEIGHT, MIN_WIDTH, openingFor } from './window_state.ts';

/** The page's own ground in both themes, so that no white flash precedes it. */
const GROUND = { light: '#f3f4f6', dark: '#111316' };
const REMEMBER_AFTER_MS = 500;

export interface WindowHost {
  window: BrowserWindow;
  describe(state: { title: string; unsaved: boolean }): void;
  /** Loads the interface anew, unless the user wants to keep edits first. */
  reload(): void;
}

/** Resolves once the page is loaded; `made` is told before, for the page speaks while it loads. */
export async function openWindow(
  { preload, icon }: Pick<Places, 'preload' | 'icon'>,
  memory: JsonFile,
  made: (host: WindowHost) => void,
): Promise<WindowHost> {
  const opening = openingFor(
    await memory.read(),
    screen.getAllDisplays().map(({ workArea }) => workArea),
  );
  const window = new BrowserWindow({
    ...opening.bounds,
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    show: false,
    title: 'Headscope',
    icon,
    backgroundColor: nativeTheme.shouldUseDarkColors ? GROUND.dark : GROUND.light,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  if (opening.maximized) window.maximize();
  confine(window.webContents);
  recoverPage(window);
  rememberPlace(window, memory);
  const guard = guardEdits(window);
  window.once('ready-to-show', () => window.show());
  const host: WindowHost = {
    window,
    describe({ title, unsaved }) {
      // The Mac marks edits in the window's button.
      window.setTitle(unsaved && process.platform !== 'darwin' ? `• ${title}` : title);
      window.setDocumentEdited(unsaved);
      guard.unsaved = unsaved;
    },
    reload() {
      if (mayLose(window, guard, 'Reload')) window.webContents.reload();
    },
  };
  made(host);
  await window.loadURL(START_PAGE);
  return host;
}

function rememberPlace(window: BrowserWindow, memory: JsonFile): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const failed = (error: unknown) => console.error(`The window's place cannot be remembered: ${String(error)}`);
  const place = () => ({ bounds: window.getNormalBounds(), maximized: window.isMaximized() });
  const remember = () => {
    if (!window.isDestroyed() && !window.isMinimized()) memory.write(place()).catch(failed);
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(remember, REMEMBER_AFTER_MS);
  };
  window.on('resize', soon);
  window.on('move', soon);
  window.on('maximize', soon);
  window.on('unmaximize', soon);
  window.on('close', () => {
    clearTimeout(timer);
    if (window.isMinimized()) return;
    try {
      memory.writeNow(place());
    } catch (error) {
      failed(error);
    }
  });
}

interface Guard {
  unsaved: boolean;
}

/** Asks where something would be lost. */
function mayLose(window: BrowserWindow, guard: Guard, act: 'Close' | 'Reload'): boolean {
  if (!guard.unsaved) return true;
  const choice = dialog.showMessageBoxSync(window, {
    type: 'warning',
    message: 'The config has changes that were not exported.',
    detail: 'They come back with their run within 30 days, without their undo steps. Only an export makes a file of them.',
    buttons: ['Keep Editing', act],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return choice !== 0;
}

function guardEdits(window: BrowserWindow): Guard {
  const guard = { unsaved: false };
  window.on('close', (event) => {
    if (!mayLose(window, guard, 'Close')) event.preventDefault();
  });
  // The question above is the only one; without this a page that objects could not be closed at all.
  window.webContents.on('will-prevent-unload', (event) => event.preventDefault());
  return guard;
}
