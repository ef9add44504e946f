import { useStore } from 'zustand';
import { openNewRun } from '../library/library_dialogs.ts';
import { goToRun, openExample } from '../library/open_run.ts';
import { configStore } from '../state/config_document.ts';
import { connectionStore } from '../state/connection.ts';
import { type Area, focusStore, showArea } from '../state/focus.ts';
import { type KnownRun, libraryStore, runOf } from '../state/library.ts';
import { isStale, measurementsStore } from '../state/measurements.ts';
import { preferencesStore } from '../state/preferences.ts';
import { IconButton } from '../ui/Button.tsx';
import { Chip } from '../ui/Chip.tsx';
import { Icon, Mark } from '../ui/Icon.tsx';
import { Kbd } from '../ui/Kbd.tsx';
import { MenuButton } from '../ui/Menu.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { Tooltip } from '../ui/Tooltip.tsx';
import { themeStore } from '../ui/theme.ts';
import { keysOf, runCommand } from './command_registry.ts';
import { openPalette } from './shell_state.ts';

const AREAS: readonly { area: Area; title: string }[] = [
  { area: 'atlas', title: 'Atlas' },
  { area: 'map', title: 'Map' },
  { area: 'compare', title: 'Compare' },
  { area: 'config', title: 'Config' },
];

/** Heads whose number belongs to an earlier pattern. */
function useStaleCount(runId: string | null): number {
  const entries = useStore(configStore, (state) => state.entries);
  const grid = useStore(measurementsStore, (state) => (runId === null ? undefined : state.byRun[runId]));
  let count = 0;
  grid?.forEach((row, layer) => {
    row.forEach((measurement, head) => {
      if (measurement && isStale(measurement, entries[layer]?.[head]?.pattern ?? null)) count += 1;
    });
  });
  return count;
}

function AreaTabs({ runId }: { runId: string | null }) {
  const area = useStore(focusStore, (state) => state.area);
  const stale = useStaleCount(runId);
  return (
    <div
      className="areas"
      role="tablist"
      aria-label="Work area"
      onKeyDown={(event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step === undefined) return;
        event.preventDefault();
        const at = AREAS.findIndex((entry) => entry.area === area);
        const next = AREAS[(at + step + AREAS.length) % AREAS.length];
        if (next) showArea(next.area);
        event.currentTarget.querySelectorAll('button')[(at + step + AREAS.length) % AREAS.length]?.focus();
      }}
    >
      {AREAS.map(({ area: own, title }) => (
        <Tooltip key={own} text={title} keys={keysOf(`go.${own}`)}>
          <button
            type="button"
            role="tab"
            id={`tab-${own}`}
            aria-selected={own === area}
            aria-controls="work-area"
            tabIndex={own === area ? 0 : -1}
            onClick={() => showArea(own)}
          >
            {title}
            {own === 'config' && stale > 0 && (
              <span className="count" title={`${wholeNumber(stale)} stale numbers`}>
                {wholeNumber(stale)}
              </span>
            )}
          </button>
        </Tooltip>
      ))}
    </div>
  );
}

function RunMenu({ run }: { run: KnownRun | null }) {
  const runs = useStore(libraryStore, (state) => state.runs);
  return (
    <MenuButton
      label={run ? `Run: ${run.name}` : 'Runs'}
      className="sel"
      items={[
        ...runs.map((other) => ({
          id: other.info.runId,
          label: other.name,
          note: wholeNumber(other.info.rows),
          checked: other.info.runId === run?.info.runId,
          run: () => goToRun(other.info.runId),
        })),
        { id: 'new', label: 'New run …', icon: 'plus', separated: runs.length > 0, run: () => openNewRun() },
        { id: 'example', label: 'Open the example', run: () => void openExample() },
      ]}
    >
      <span className="b trunc">{run?.name ?? 'Headscope'}</span>
      <Icon name="chevron-down" />
    </MenuButton>
  );
}

function EngineChip() {
  const status = useStore(connectionStore, (state) => state.status);
  const devices = useStore(connectionStore, (state) => state.info?.devices ?? null);
  const silent = useStore(connectionStore, (state) => state.silentSince !== null);
  if (status === 'connecting') return <Chip dot>connecting</Chip>;
  if (status !== 'ready') {
    return (
      <Chip tone={status === 'failed' ? 'danger' : 'warn'} dot>
        engine lost
      </Chip>
    );
  }
  if (silent) {
    return (
      <Chip tone="warn" dot>
        no answer
      </Chip>
    );
  }
  const [first] = devices?.filter((device) => device.available && device.name !== 'cpu') ?? [];
  return (
    <Chip tone="plain">
      <i className="dot c-ok" /> {first ? first.description : 'CPU engine'}
    </Chip>
  );
}

export function TitleBar({ slim }: { slim: boolean }) {
  const runId = useStore(focusStore, (state) => state.runId);
  const run = useStore(libraryStore, (state) => runOf(state, runId));
  const theme = useStore(themeStore, (state) => state.theme);
  const inspectorOpen = useStore(preferencesStore, (state) => state.inspectorOpen);
  return (
    <header className="titlebar" data-region="title">
      {/* The start screen has a first heading of its own. */}
      {run && <h1 className="visually-hidden">{run.name}</h1>}
      <div className="tb-run">
        <Mark />
        <RunMenu run={run} />
      </div>
      {run && <AreaTabs runId={runId} />}
      <div className="tb-facts">
        {run && (
          <span className="tb-run-facts trunc">
            <span className="tb-model">
              {run.info.model.name} <span className="t3">·</span>{' '}
            </span>
            {wholeNumber(run.info.rows)} tokens
          </span>
        )}
        <span className="keep">
          <EngineChip />
        </span>
        {run && !run.live && <Chip tone="warn">not in the engine</Chip>}
      </div>
      <div className="tb-right">
        <button type="button" className="omni" aria-label="Search or run a command" onClick={() => openPalette()}>
          <Icon name="search" />
          <span className="grow trunc">Search or run</span>
          <Kbd keys="Mod+K" />
        </button>
        {slim && run && (
          <IconButton
            icon="panel"
            label="Inspector"
            keys={keysOf('view.inspector')}
            pressed={inspectorOpen}
            onClick={() => void runCommand('view.inspector')}
          />
        )}
        <IconButton icon="theme" label={theme === 'dark' ? 'Light theme' : 'Dark theme'} onClick={() => void runCommand('view.theme')} />
      </div>
    </header>
  );
}
