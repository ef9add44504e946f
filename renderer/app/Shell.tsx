import { type CSSProperties, useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { DropTarget } from '../library/DropTarget.tsx';
import { focusStore } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { preferencesStore, setPreferences } from '../state/preferences.ts';
import { Drawer } from './Drawer.tsx';
import { KeySheet } from './KeySheet.tsx';
import { LiveRegion, Notices } from './Notices.tsx';
import { Palette } from './Palette.tsx';
import { Panel } from './Panel.tsx';
import { Rail } from './Rail.tsx';
import { ResizeGrip } from './ResizeGrip.tsx';
import { StatusBar } from './StatusBar.tsx';
import { shellStore } from './shell_state.ts';
import { TitleBar } from './TitleBar.tsx';
import { AtlasView, CompareView, ConfigView, Inspector, LibraryDialogs, MapView, StartView } from './views.ts';
import { useShortWindow, useWindowWidth, type WindowWidth } from './window_size.ts';

const VIEW_NAMES = { atlas: 'The atlas', map: 'The map', compare: 'The comparison', config: 'The config' } as const;

function Start() {
  return (
    <div className="centre" id="work-area">
      <Notices />
      <div className="picture" data-region="picture">
        <Panel name="The start screen">
          <StartView />
        </Panel>
      </div>
    </div>
  );
}

function Workbench({ width, short }: { width: WindowWidth; short: boolean }) {
  const area = useStore(focusStore, (state) => state.area);
  const attempt = useStore(focusStore, (state) => `${state.runId}/${state.layer}/${state.head}`);
  const inspectorOpen = useStore(preferencesStore, (state) => state.inspectorOpen);
  const inspectorWidth = useStore(preferencesStore, (state) => state.inspectorWidth);
  const drawerOpen = useStore(preferencesStore, (state) => state.drawerOpen);
  // A short window starts with the drawer folded; opening it there is remembered for this window only.
  const [openedShort, setOpenedShort] = useState(false);
  useEffect(() => preferencesStore.subscribe((now, before) => now.drawerOpen !== before.drawerOpen && setOpenedShort(now.drawerOpen)), []);
  const folded = short ? !openedShort : !drawerOpen;
  return (
    <>
      <Rail width={width} />
      <main className="centre">
        <Notices />
        <div className="picture" data-region="picture" id="work-area" role="tabpanel" aria-labelledby={`tab-${area}`}>
          <Panel name={VIEW_NAMES[area]} attempt={`${area} ${attempt}`}>
            {area === 'atlas' && <AtlasView />}
            {area === 'map' && <MapView />}
            {area === 'compare' && <CompareView />}
            {area === 'config' && <ConfigView />}
          </Panel>
        </div>
        {(area === 'map' || area === 'compare') && <Drawer folded={folded} />}
      </main>
      {(width !== 'slim' || inspectorOpen) && (
        <aside className="insp" aria-label="Inspector" data-region="inspector">
          <div className="insp-scroll">
            <Panel name="The inspector" attempt={attempt}>
              <Inspector />
            </Panel>
          </div>
          {width === 'wide' && (
            <ResizeGrip
              label="Width of the inspector"
              axis="x"
              grows={-1}
              size={inspectorWidth}
              least={264}
              most={640}
              onResize={(next) => setPreferences({ inspectorWidth: next })}
            />
          )}
        </aside>
      )}
    </>
  );
}

export function Shell() {
  const width = useWindowWidth();
  const short = useShortWindow();
  const runId = useStore(focusStore, (state) => state.runId);
  const run = useStore(libraryStore, (state) => runOf(state, runId));
  const palette = useStore(shellStore, (state) => state.palette);
  const keySheet = useStore(shellStore, (state) => state.keySheet);
  const railWidth = useStore(preferencesStore, (state) => state.railWidth);
  const inspectorWidth = useStore(preferencesStore, (state) => state.inspectorWidth);
  const classes = ['app', width !== 'wide' && 'is-narrow', width === 'slim' && 'is-slim'].filter(Boolean).join(' ');
  const sizes: CSSProperties & Record<`--${string}`, string> =
    width === 'wide'
      ? {
          ...(railWidth === 232 ? {} : { '--rail': `${railWidth}px` }),
          ...(inspectorWidth === 336 ? {} : { '--inspector': `${inspectorWidth}px` }),
        }
      : {};
  return (
    <>
      <div className={classes} style={sizes}>
        <TitleBar slim={width === 'slim'} />
        <div className={run ? 'body' : 'body is-start'}>{run ? <Workbench width={width} short={short} /> : <Start />}</div>
        <StatusBar />
      </div>
      <DropTarget />
      <Panel name="The dialog">
        <LibraryDialogs />
      </Panel>
      {palette !== null && <Palette initial={palette} />}
      {keySheet && <KeySheet onClose={() => shellStore.setState({ keySheet: false })} />}
      <LiveRegion />
    </>
  );
}
