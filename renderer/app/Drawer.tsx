import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { focusStore } from '../state/focus.ts';
import { preferencesStore, setPreferences } from '../state/preferences.ts';
import { readoutStore } from '../state/readout.ts';
import { IconButton } from '../ui/Button.tsx';
import { logStore } from './activity_log.ts';
import { keysOf } from './command_registry.ts';
import { Panel } from './Panel.tsx';
import { ResizeGrip } from './ResizeGrip.tsx';
import { type DrawerTab, shellStore } from './shell_state.ts';
import { BookmarkList, RegionTable, TokenStrip } from './views.ts';

const TABS: readonly { tab: DrawerTab; title: string }[] = [
  { tab: 'tokens', title: 'Tokens' },
  { tab: 'region', title: 'Region' },
  { tab: 'bookmarks', title: 'Bookmarks' },
  { tab: 'log', title: 'Log' },
];

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

function Log() {
  const lines = useStore(logStore, (state) => state.lines);
  const end = useRef<HTMLLIElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new line scrolls to itself
  useEffect(() => end.current?.scrollIntoView?.({ block: 'nearest' }), [lines]);
  if (lines.length === 0) return <p className="empty">Nothing has happened yet.</p>;
  return (
    <ol className="log">
      {lines.map((line, index) => (
        <li key={line.id} ref={index === lines.length - 1 ? end : null}>
          <span className="t3">{clock.format(line.at)}</span>
          <span>{line.source}</span>
          <span>{line.text}</span>
        </li>
      ))}
    </ol>
  );
}

/** The pair of tokens under the cursor, while the strip is folded. */
function CurrentPair() {
  const cell = useStore(readoutStore, (state) => state.cell);
  if (!cell || cell.queryToken === null || cell.keyToken === null) return null;
  return (
    <span className="mono trunc" dir="ltr">
      <bdi>{cell.queryToken}</bdi> → <bdi>{cell.keyToken}</bdi>
    </span>
  );
}

/** Tokens and log below the picture. */
export function Drawer({ folded }: { folded: boolean }) {
  const tab = useStore(shellStore, (state) => state.drawerTab);
  const height = useStore(preferencesStore, (state) => state.drawerHeight);
  const noting = useStore(shellStore, (state) => state.noting);
  const bookmarks = useStore(preferencesStore, (state) => state.bookmarks.length);
  const runId = useStore(focusStore, (state) => state.runId);
  const most = Math.max(60, Math.round(window.innerHeight / 2));
  const show = (next: DrawerTab) => {
    shellStore.setState({ drawerTab: next });
    if (folded) setPreferences({ drawerOpen: true });
  };
  return (
    <section
      className={folded ? 'drawer is-folded' : 'drawer'}
      aria-label="Drawer"
      data-region="drawer"
      style={folded ? undefined : { height: `${Math.min(height, most)}px` }}
    >
      {!folded && (
        <ResizeGrip
          label="Height of the drawer"
          axis="y"
          grows={-1}
          size={height}
          least={60}
          most={most}
          onResize={(drawerHeight) => setPreferences({ drawerHeight })}
        />
      )}
      <div className="dtabs">
        <div role="tablist" aria-label="Drawer">
          {TABS.map(({ tab: own, title }) => (
            <button
              key={own}
              type="button"
              role="tab"
              id={`drawer-${own}`}
              aria-selected={own === tab}
              aria-controls={folded ? undefined : 'drawer-body'}
              onClick={() => show(own)}
            >
              {title}
              {own === 'bookmarks' && bookmarks > 0 && <span className="t3"> {bookmarks}</span>}
            </button>
          ))}
        </div>
        {folded && <CurrentPair />}
        <IconButton
          icon={folded ? 'chevron-up' : 'chevron-down'}
          label={folded ? 'Open drawer' : 'Fold drawer'}
          keys={keysOf('view.drawer')}
          onClick={() => setPreferences({ drawerOpen: folded })}
        />
      </div>
      {!folded && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <div className="drawer-body" id="drawer-body" role="tabpanel" tabIndex={0} aria-labelledby={`drawer-${tab}`}>
          {tab === 'tokens' ? (
            <Panel name="The token strip" attempt={runId ?? ''}>
              <TokenStrip />
            </Panel>
          ) : tab === 'region' ? (
            <Panel name="The region table" attempt={runId ?? ''}>
              <RegionTable />
            </Panel>
          ) : tab === 'bookmarks' ? (
            <Panel name="The bookmarks" attempt={runId ?? ''}>
              <BookmarkList noting={noting} />
            </Panel>
          ) : (
            <Log />
          )}
        </div>
      )}
    </section>
  );
}
