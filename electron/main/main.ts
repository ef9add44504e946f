// The desktop application: one window, one engine process, and the few things between them that only a host can do.
import { join, resolve } from 'node:path';
import { app, BrowserWindow, MessageChannelMain, type MessagePortMain, nativeTheme, protocol, session } from 'electron';
import type { ShellText } from '../../engine/protocol/desktop.ts';
import { HEAR } from '../channels.ts';
import { registerAppScheme, serveApp } from './app_protocol.ts';
import { Dialogs } from './dialogs.ts';
import { forkEngine, probeAddon } from './engine_process.ts';
import { EngineSupervisor } from './engine_supervisor.ts';
import { answerInterface } from './ipc.ts';
import { JsonFile } from './json_file.ts';
import { showMenu } from './menu.ts';
import { denyPermissions } from './navigation.ts';
import { placesOf } from './places.ts';
import { recentFrom, withoutRecent, withRecent } from './recent_documents.ts';
import { configArgument, readText } from './text_file.ts';
import { openWindow, type WindowHost } from './window.ts';

app.setName('Headscope');
// Chromium refuses to start as root (in a container, say) unless told --no-sandbox; every window asks for its sandbox by itself.
if (!app.commandLine.hasSwitch('no-sandbox')) app.enableSandbox();
registerAppScheme();

const places = placesOf({ bundles: __dirname, packaged: app.isPackaged, resources: process.resourcesPath });
const setting = (name: string) => new JsonFile(join(app.getPath('userData'), name));

/** Files that were opened from outside before the interface could hear of them. */
const waitingFiles: string[] = [];
let deliver: ((path: string) => void) | undefined;

function openFromOutside(path: string): void {
  if (deliver) deliver(path);
  else waitingFiles.push(path);
}

app.on('open-file', (event, path) => {
  event.preventDefault();
  openFromOutside(path);
});

function argumentsOf(commandLine: readonly string[]): string[] {
  // Unpackaged, the second argument is the application itself.
  return commandLine.slice(app.isPackaged ? 1 : 2);
}

async function run(): Promise<void> {
  await app.whenReady();
  const window: { host: WindowHost | undefined } = { host: undefined };
  const page = () => window.host?.window;
  const tell = (channel: string, ...message: unknown[]) => {
    const target = page();
    if (target && !target.isDestroyed()) target.webContents.send(channel, ...message);
  };

  const supervisor = new EngineSupervisor<MessagePortMain>({
    probe: () => probeAddon(places.engine),
    fork: (processArguments) => forkEngine(places.engine, processArguments),
    onStatus: (status) => tell(HEAR.engineStatus, status),
  });
  supervisor.start();

  denyPermissions(session.defaultSession);
  serveApp(protocol, places.interfaceFolder);

  const menuActs = { choose: (id: string) => tell(HEAR.command, id), reload: () => window.host?.reload() };
  showMenu([], menuActs);

  const preferences = setting('preferences.json');
  const recent = setting('recent.json');
  const readRecent = async () => recentFrom(await recent.read());
  const dialogs = () => {
    const target = page();
    if (!target) throw new Error('There is no window to ask in.');
    fileDialogs ??= new Dialogs(target, app.getPath('documents'));
    return fileDialogs;
  };
  let fileDialogs: Dialogs | undefined;

  answerInterface({
    async requestEnginePort(nonce) {
      const { port1, port2 } = new MessageChannelMain();
      await supervisor.connect(port1);
      const target = page();
      if (!target || target.isDestroyed()) throw new Error('The window is closed.');
      target.webContents.postMessage(HEAR.enginePort, nonce, [port2]);
    },
    engineStatus: () => supervisor.status,
    engineLog: () => supervisor.log,
    restartEngine: () => supervisor.restart(),
    openFile: (kind) => dialogs().openFile(kind),
    openFolder: (title) => dialogs().openFolder(title),
    chooseSavePath: (name) => dialogs().savePath(name),
    save: (name, data) => dialogs().save(name, data),
    readPreferences: () => preferences.read(),
    writePreferences: (value) => preferences.write(value),
    recent: readRecent,
    async addRecent(entry) {
      const list = withRecent(await readRecent(), entry);
      await recent.write(list);
      if (entry.kind === 'config') app.addRecentDocument(entry.place);
      return list;
    },
    async removeRecent(entry) {
      const list = withoutRecent(await readRecent(), entry);
      await recent.write(list);
      return list;
    },
    setCommands: (commands) => showMenu(commands, menuActs),
    describeWindow: (state) => window.host?.describe(state),
    setTheme(theme) {
      nativeTheme.themeSource = theme;
    },
    readyForFiles() {
      deliver = (path) => {
        readText(path).then(
          (file: ShellText) => tell(HEAR.openText, file),
          (error: unknown) => console.error(String(error)),
        );
      };
      for (const path of waitingFiles.splice(0)) deliver(path);
    },
  });

  const fromCommandLine = configArgument(argumentsOf(process.argv));
  if (fromCommandLine !== null) openFromOutside(resolve(fromCommandLine));

  const open = async () => {
    fileDialogs = undefined;
    window.host = await openWindow(places, setting('window.json'), (host) => {
      window.host = host;
      // A page that is loaded anew says again when it can hear of files.
      host.window.webContents.on('did-navigate', () => {
        deliver = undefined;
      });
    });
    window.host.window.on('closed', () => {
      window.host = undefined;
      deliver = undefined;
    });
  };
  app.on('second-instance', (_event, commandLine, folder) => {
    const target = page();
    if (target?.isMinimized()) target.restore();
    target?.focus();
    const path = configArgument(argumentsOf(commandLine));
    if (path !== null) openFromOutside(resolve(folder, path));
  });
  app.on('activate', () => {
    if (BrowserWindow.getAllWindows().length === 0) void open();
  });
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') app.quit();
  });
  app.on('will-quit', () => supervisor.stop());
  await open();
}

if (app.requestSingleInstanceLock()) {
  run().catch((error: unknown) => {
    console.error(error);
    app.exit(1);
  });
} else {
  app.quit();
}
