// The snapshots, newest first: back to one, its note, its picture, away with it.
import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { host } from '../host/current.ts';
import { applyPatterns, configStore, shownPattern } from '../state/config_document.ts';
import { headName } from '../state/focus.ts';
import { libraryStore } from '../state/library.ts';
import { notify, notifyError } from '../state/notices.ts';
import { samePattern } from '../state/pattern_identity.ts';
import { preferencesStore } from '../state/preferences.ts';
import { MOST_NOTE_CHARS, type Snapshot } from '../state/snapshots.ts';
import { Button, IconButton } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { patternText } from '../ui/pattern_words.ts';
import { mapPicture, untilSharp } from './map_export.ts';
import { noteSnapshot, removeSnapshot, runFor, showSnapshot } from './snapshot_actions.ts';

export function SnapshotList({ noting }: { noting: string | null }) {
  const snapshots = useStore(preferencesStore, (state) => state.snapshots);
  // Which run a snapshot fits follows from the runs there are.
  useStore(libraryStore, (state) => state.runs);
  if (snapshots.length === 0)
    return <EmptyState>No snapshots yet. N keeps the head, the view and the pattern on screen, with a note.</EmptyState>;
  return (
    <ul className="snapshots" aria-label="Snapshots">
      {snapshots.map((snapshot) => (
        <Row key={snapshot.id} snapshot={snapshot} noting={noting === snapshot.id} />
      ))}
    </ul>
  );
}

const span = (from: number, to: number) => `${wholeNumber(Math.max(0, Math.floor(from)))} to ${wholeNumber(Math.ceil(to) - 1)}`;

function Row({ snapshot, noting }: { snapshot: Snapshot; noting: boolean }) {
  const note = useRef<HTMLInputElement>(null);
  const { layer, head, view, pattern } = snapshot;
  const current = useStore(configStore, (state) => shownPattern(state, { layer, head }));
  const run = runFor(snapshot);
  const missing = run ? undefined : `no run of ${snapshot.model} with ${wholeNumber(snapshot.rows)} tokens is open`;
  const other = pattern !== null && current !== null && !samePattern(pattern, current);
  useEffect(() => {
    if (noting) note.current?.focus();
  }, [noting]);
  const savePicture = async () => {
    try {
      if (!showSnapshot(snapshot)) return;
      await untilSharp();
      const { blob, fileName } = await mapPicture();
      const saved = await host().savePng(fileName, blob);
      if (saved !== null) notify({ tone: 'ok', title: `Saved ${saved}`, detail: `${headName(snapshot)} as drawn now.` });
    } catch (thrown) {
      notifyError(thrown, 'The picture was not saved');
    }
  };
  return (
    <li>
      <Button look="link" small disabledBecause={missing} onClick={() => showSnapshot(snapshot)}>
        {headName(snapshot)}
      </Button>
      <span className="t3 sm trunc">
        rows {span(view.q0, view.q1)}, keys {span(view.k0, view.k1)}
      </span>
      <span className="sm trunc">{pattern ? patternText(pattern) : 'no pattern'}</span>
      <input
        ref={note}
        className="field"
        aria-label={`Note on ${headName(snapshot)}`}
        placeholder="Note"
        maxLength={MOST_NOTE_CHARS}
        value={snapshot.note}
        onChange={(event) => noteSnapshot(snapshot.id, event.currentTarget.value)}
      />
      {other && (
        <Button
          small
          onClick={() => applyPatterns([{ layer, head, pattern }], 'hand', `Use the snapshot’s pattern on ${headName(snapshot)}`)}
        >
          Use its pattern
        </Button>
      )}
      <IconButton icon="export" label={`Save ${headName(snapshot)} as PNG`} disabledBecause={missing} onClick={() => void savePicture()} />
      <IconButton icon="close" label={`Remove the snapshot of ${headName(snapshot)}`} onClick={() => removeSnapshot(snapshot.id)} />
    </li>
  );
}
