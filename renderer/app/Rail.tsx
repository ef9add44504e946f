import { useStore } from 'zustand';
import { isActive, jobsStore } from '../state/jobs.ts';
import { preferencesStore, setPreferences } from '../state/preferences.ts';
import { IconButton } from '../ui/Button.tsx';
import { Jobs } from './Jobs.tsx';
import { Panel } from './Panel.tsx';
import { ResizeGrip } from './ResizeGrip.tsx';
import { shellStore } from './shell_state.ts';
import { LibraryRail } from './views.ts';
import type { WindowWidth } from './window_size.ts';

function FullRail() {
  return (
    <>
      <div className="rail-library">
        <Panel name="The library">
          <LibraryRail />
        </Panel>
      </div>
      <Jobs />
    </>
  );
}

/** Library and jobs; in narrow windows a strip of icons that opens them over the work area. */
export function Rail({ width }: { width: WindowWidth }) {
  const over = useStore(shellStore, (state) => state.railOver);
  const active = useStore(jobsStore, (state) => state.jobs.filter(isActive).length);
  const size = useStore(preferencesStore, (state) => state.railWidth);
  const toggle = () => shellStore.setState({ railOver: !over });
  if (width === 'wide') {
    return (
      <nav className="rail" aria-label="Library" data-region="rail">
        <FullRail />
        <ResizeGrip
          label="Width of the library"
          axis="x"
          grows={1}
          size={size}
          least={160}
          most={480}
          onResize={(railWidth) => setPreferences({ railWidth })}
        />
      </nav>
    );
  }
  const jobs = active === 0 ? 'Jobs' : `Jobs, ${active} running`;
  return (
    <nav
      className="rail"
      aria-label="Library"
      data-region="rail"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && over) {
          event.preventDefault();
          toggle();
        }
      }}
    >
      <div className="iconrail">
        <IconButton icon="run" label="Library" pressed={over} onClick={toggle} />
        <span className="grow" />
        <span className="slot">
          <IconButton icon="jobs" label={jobs} pressed={over} onClick={toggle} />
          {active > 0 && (
            <span className="pip" aria-hidden="true">
              {active}
            </span>
          )}
        </span>
      </div>
      {over && (
        <div className="rail rail--over">
          <FullRail />
        </div>
      )}
    </nav>
  );
}
