// From nothing to the atlas: connect, ask for the library, and where no run is held yet prefill the bundled demo.
import { host } from '../host/current.ts';
import { openText } from '../library/open_files.ts';
import { adoptRun, openExample } from '../library/open_run.ts';
import { dropGone } from '../library/recents.ts';
import { configStore } from '../state/config_document.ts';
import { type Connection, connectionStore, startConnection } from '../state/connection.ts';
import { keepDrafts } from '../state/drafts.ts';
import { keepEditsOfHeadsLeft } from '../state/edit_under_way.ts';
import { focusStore } from '../state/focus.ts';
import { currentRun, libraryStore, markRunsLost, refreshLibrary } from '../state/library.ts';
import { notifyError } from '../state/notices.ts';
import { keepPreferences, preferencesStore } from '../state/preferences.ts';
import { anyUnsaved, runDocumentsStore } from '../state/run_documents.ts';
import { followWidthWithSplit } from '../state/split_by_width.ts';
import { followTheme } from '../ui/theme.ts';
import { keepLog } from './activity_log.ts';
import { blockedBecause, commandsStore, registerCommands, runCommand } from './command_registry.ts';
import { allCommands } from './commands/all_commands.ts';
import { watchInterface } from './interface_version.ts';
import { acceleratorOf, listenForKeys } from './keyboard.ts';
import { measureAfterEdits, prepareRun } from './prepare_run.ts';
import { recoverRuns } from './recover_runs.ts';

let connection: Connection | undefined;

export function retryConnection(): void {
  const { engineProcess } = host();
  const { status, silentSince } = connectionStore.getState();
  // A supervised engine that gave up, or hangs, has to be started again before a connection can succeed.
  if (engineProcess && (status === 'failed' || silentSince !== null)) {
    engineProcess.restart().then(
      () => connection?.retry(),
      (thrown: unknown) => notifyError(thrown, 'The engine was not started'),
    );
    return;
  }
  connection?.retry();
}

/** `drafts`: what closed windows left is there, to be brought back with the first run. */
async function connected(generation: number, drafts: Promise<unknown>): Promise<void> {
  if (generation > 1) {
    await recoverRuns();
    return;
  }
  await refreshLibrary();
  libraryStore.setState({ recent: await host().recent() });
  await dropGone();
  await drafts;
  const [held] = libraryStore.getState().runs;
  if (held) {
    adoptRun(held.info, held.name, held.source);
  } else if (libraryStore.getState().models.some((model) => model.bundled)) {
    await openExample();
  }
}

function describe(): void {
  const run = currentRun();
  host().describeWindow({
    title: run ? `${run.name} – Headscope` : 'Headscope',
    unsaved: anyUnsaved(),
  });
}

const MENUS = { Go: 'go', View: 'view', Map: 'view', Head: 'run', Config: 'edit', Run: 'run', File: 'file', Help: 'help' } as const;

function sendMenu(): void {
  host().setMenu(
    commandsStore.getState().commands.map((command) => {
      const [keys] = command.keys ?? [];
      return {
        id: command.id,
        title: command.title,
        menu: MENUS[command.group],
        group: command.group,
        enabled: blockedBecause(command) === undefined,
        ...(keys === undefined ? {} : { accelerator: acceleratorOf(keys) }),
        ...(command.checked ? { checked: command.checked() } : {}),
      };
    }),
  );
}

/** `act` at most once in 100 ms, however often it is asked. */
function soon(act: () => void): () => void {
  let _timer: ReturnType<typeof setTimeout> | undefined;
  return () => {
    _timer ??= setTimeout(() => {
      _timer = undefined;
      act();
    }, 100);
  };
}

/** Everything that runs beside the components. Returns what stops it. */
export async function startUp(): Promise<() => void> {
  const bridge = host();
  const stops: (() => void)[] = [];
  stops.push(registerCommands(allCommands));
  stops.push(keepLog());
  stops.push(watchInterface());
  stops.push(await keepPreferences(bridge));
  stops.push(followWidthWithSplit());
  stops.push(followTheme(document.documentElement));
  bridge.setTheme(preferencesStore.getState().theme);
  stops.push(preferencesStore.subscribe(({ theme }, before) => theme !== before.theme && bridge.setTheme(theme)));
  stops.push(keepEditsOfHeadsLeft());
  stops.push(listenForKeys(window));
  stops.push(bridge.onCommand((id) => void runCommand(id)));
  const menu = soon(sendMenu);
  const title = soon(describe);
  for (const store of [commandsStore, focusStore, configStore, libraryStore, runDocumentsStore]) {
    stops.push(store.subscribe(menu));
    stops.push(store.subscribe(title));
  }
  menu();
  // A file the system asks to open needs the engine, and its config a run to show it on: it waits until the first one is there.
  let listening = false;
  const listenForFiles = () => {
    if (listening) return;
    listening = true;
    stops.push(
      bridge.onOpenText((file) => void openText(file).catch((thrown: unknown) => notifyError(thrown, `${file.name} was not opened`))),
    );
  };
  stops.push(
    connectionStore.subscribe(({ generation }, before) => {
      if (generation === before.generation) return;
      connected(generation, drafts)
        .catch((thrown: unknown) => notifyError(thrown, 'The library was not read'))
        .finally(listenForFiles);
    }),
  );
  stops.push(
    focusStore.subscribe(({ runId }, before) => {
      if (runId === before.runId) return;
      // The config of the run is in place by the next task: adopting a run shows it first.
      setTimeout(() => {
        const run = currentRun();
        if (run?.live && run.info.runId === runId)
          prepareRun(run.info).catch((thrown: unknown) => notifyError(thrown, 'The heads were not measured'));
      }, 0);
    }),
  );
  stops.push(measureAfterEdits(() => (currentRun()?.live ? (currentRun()?.info ?? null) : null)));
  const drafts = keepDrafts(bridge.drafts);
  stops.push(() => void drafts.then((stop) => stop()));
  // A connection's runs end with it: every view says so at once, not when the next connection finds them gone.
  stops.push(connectionStore.subscribe(({ client }, before) => before.client && !client && markRunsLost()));
  connection = startConnection(bridge);
  stops.push(() => connection?.stop());
  return () => {
    for (const stop of stops.reverse()) stop();
  };
}
