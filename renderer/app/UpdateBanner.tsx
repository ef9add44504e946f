import { useStore } from 'zustand';
import { exportConfig } from '../config/export_config.ts';
import { configStore, isEdited } from '../state/config_document.ts';
import { connectionStore } from '../state/connection.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { interfaceStore } from './interface_version.ts';

/** The host has a newer interface than this page. What is on screen goes on working; edits can be taken out first. */
export function UpdateBanner() {
  const updated = useStore(interfaceStore, (state) => state.updated);
  const edited = useStore(configStore, (state) => isEdited(state) && state.past.length > 0);
  const connected = useStore(connectionStore, (state) => state.status === 'ready');
  if (!updated) return null;
  const edits = edited ? 'Your config has changes that were not exported; a reload loses them.' : 'Nothing is lost by a reload.';
  return (
    <Banner
      tone="warn"
      title="The interface was updated: reload."
      actions={
        <>
          {edited && (
            <Button
              small
              onClick={() => void exportConfig('headscope')}
              disabledBecause={connected ? undefined : 'The engine is not connected.'}
            >
              Export config
            </Button>
          )}
          <Button small onClick={() => window.location.reload()}>
            Reload
          </Button>
        </>
      }
    >
      This page is from before and some of its views are no longer there. {edits}
    </Banner>
  );
}
