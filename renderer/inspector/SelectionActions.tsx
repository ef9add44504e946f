// What can be done to the heads selected together, each as one step: search, measure, give them a pattern, take their edits back.

import { useStore } from 'zustand';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import { applyPatterns, configStore, entryOf, type HeadEdit } from '../state/config_document.ts';
import { focusStore, type HeadPlace, headName } from '../state/focus.ts';
import { measureHeads } from '../state/measuring.ts';
import { preferencesStore } from '../state/preferences.ts';
import { referencePattern, referenceStore } from '../state/reference.ts';
import { searchHeads } from '../state/searches.ts';
import { Button } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { MenuButton } from '../ui/Menu.tsx';
import { headCount } from '../ui/numbers.ts';
import { patternText } from '../ui/pattern_words.ts';
import { targetText } from './TargetField.tsx';

function give(places: readonly HeadPlace[], pattern: Pattern): void {
  applyPatterns(
    places.map((place) => ({ ...place, pattern })),
    'hand',
    `Set ${headCount(places.length)} to ${patternText(pattern)}`,
  );
}

/** Edits that bring heads back to the file compared against, where they differ from it. */
function resets(places: readonly HeadPlace[]): HeadEdit[] {
  const reference = referenceStore.getState();
  return places.flatMap((place) => {
    const pattern = referencePattern(reference, place);
    return pattern ? [{ ...place, pattern }] : [];
  });
}

export interface SelectionActionsProps {
  runId: string | null;
  places: readonly HeadPlace[];
  blockedBecause: string | undefined;
}

export function SelectionActions({ runId, places, blockedBecause }: SelectionActionsProps) {
  const target = useStore(preferencesStore, (preferences) => preferences.target);
  const layer = useStore(focusStore, (focus) => focus.layer);
  const head = useStore(focusStore, (focus) => focus.head);
  const own = useStore(configStore, (config) => entryOf(config, { layer, head })?.pattern ?? null);
  const fileName = useStore(referenceStore, (reference) => reference.name);
  const count = headCount(places.length);
  const search = (recall?: number) => {
    if (runId) searchHeads(runId, places, recall === undefined ? undefined : { procedure: 'target', recall });
  };
  return (
    <div className="insp-actions">
      <Button className="grow" disabledBecause={blockedBecause} onClick={() => search(target)}>
        {`Cheapest at recall ${targetText(target)}`}
      </Button>
      <MenuButton
        label={`More for ${count}`}
        className="btn"
        align="end"
        items={[
          {
            id: 'search',
            icon: 'play',
            label: <span className="insp-item">{`Search ${count}`}</span>,
            note: 'Released candidates; the winners are offered.',
            disabledBecause: blockedBecause,
            run: () => search(),
          },
          {
            id: 'measure',
            label: <span className="insp-item">{`Measure ${count}`}</span>,
            note: 'Recall and tiles of the patterns as they are, over all rows.',
            disabledBecause: blockedBecause,
            run: () => {
              if (runId) measureHeads(runId, places);
            },
          },
          {
            id: 'give',
            separated: true,
            label: <span className="insp-item">{`Give them the pattern of ${headName({ layer, head })}`}</span>,
            note: own ? patternText(own) : '',
            disabledBecause: own ? undefined : 'the config has no pattern for it',
            run: () => {
              if (own) give(places, own);
            },
          },
          {
            id: 'dense',
            label: <span className="insp-item">Set them to dense</span>,
            note: 'Every key is kept.',
            run: () => give(places, { kind: 'dense' }),
          },
          {
            id: 'reset',
            label: <span className="insp-item">Reset them to the file</span>,
            note: fileName ?? '',
            disabledBecause: fileName === null ? 'no file is compared against' : undefined,
            run: () => applyPatterns(resets(places), 'imported', `Reset ${count} to ${fileName}`),
          },
        ]}
      >
        More
        <Icon name="chevron-down" />
      </MenuButton>
    </div>
  );
}
