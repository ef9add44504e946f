import { useStore } from 'zustand';
import type { RunInfo } from '../../engine/protocol/records.ts';
import { host } from '../host/current.ts';
import { addBookmark } from '../state/bookmarks.ts';
import { focusHead, focusStore, headName } from '../state/focus.ts';
import { notify, notifyError } from '../state/notices.ts';
import { COLOUR_MAPS, MASK_MODES, type MaskMode, preferencesStore, setPreferences } from '../state/preferences.ts';
import { IconButton } from '../ui/Button.tsx';
import { Icon } from '../ui/Icon.tsx';
import { MenuButton, type MenuItem } from '../ui/Menu.tsx';
import { Segmented } from '../ui/Segmented.tsx';
import { Select } from '../ui/Select.tsx';
import { closeUp, fitMap, followStore, toggleDiagonal } from './map_actions.ts';
import { mapPicture } from './map_export.ts';

const MODE_NAMES: Readonly<Record<MaskMode, string>> = { off: 'Off', outline: 'Outline', dim: 'Dim', missed: 'Missed', split: 'Split' };
const AGGREGATES = [
  { value: 'max', label: 'Max' },
  { value: 'sum', label: 'Mass' },
] as const;

/** Head, mask mode, aggregation, scale; the few things that change the picture. */
export function MapToolbar({ info }: { info: RunInfo }) {
  // Not the store as a whole: its hover changes with every move of the pointer.
  const place = {
    layer: useStore(focusStore, (state) => state.layer),
    head: useStore(focusStore, (state) => state.head),
  };
  const mode = useStore(preferencesStore, (state) => state.maskMode);
  const aggregate = useStore(preferencesStore, (state) => state.aggregate);
  const layers = info.layersPresent;
  const step = (by: number) => {
    const at = layers.indexOf(place.layer) * info.heads + place.head + by;
    const layer = layers[Math.floor(at / info.heads)];
    if (at >= 0 && layer !== undefined) focusHead({ layer, head: at % info.heads });
  };
  const first = layers[0] === place.layer && place.head === 0;
  const last = layers.at(-1) === place.layer && place.head === info.heads - 1;
  const exportPicture = async () => {
    try {
      const { blob, fileName } = await mapPicture();
      const saved = await host().savePng(fileName, blob);
      if (saved !== null) notify({ tone: 'ok', title: `Saved ${saved}`, detail: 'The map as shown.' });
    } catch (thrown) {
      notifyError(thrown, 'The picture was not saved');
    }
  };
  const { colourMap, scaleLimits } = useStore(preferencesStore);
  const following = useStore(followStore, (state) => state.diagonal);
  const set = scaleLimits.max ?? scaleLimits.sum ?? scaleLimits.missed;
  const more: MenuItem[] = [
    { id: 'png', label: 'Save the map as PNG', icon: 'export', keys: 'Mod+Shift+E', run: () => void exportPicture() },
    { id: 'bookmark', label: 'Bookmark this place', icon: 'bookmark', keys: 'K', run: () => void addBookmark() },
    { id: 'close', label: '16 pixels a token', icon: 'target', keys: '1', run: closeUp },
    { id: 'diagonal', label: 'Follow the diagonal', keys: 'D', checked: following, run: toggleDiagonal },
    ...MASK_MODES.map((value, at) => ({
      id: `mask ${value}`,
      label: `Mask: ${MODE_NAMES[value]}`,
      checked: mode === value,
      separated: at === 0,
      run: () => setPreferences({ maskMode: value }),
    })),
    ...AGGREGATES.map(({ value, label }, at) => ({
      id: value,
      label: `Cells: ${label}`,
      checked: aggregate === value,
      separated: at === 0,
      run: () => setPreferences({ aggregate: value }),
    })),
    ...COLOUR_MAPS.map((value, at) => ({
      id: value,
      label: `Colours: ${value}`,
      checked: colourMap === value,
      separated: at === 0,
      run: () => setPreferences({ colourMap: value }),
    })),
    {
      id: 'scales',
      label: 'Scales from the data',
      separated: true,
      disabledBecause: set ? undefined : 'they are',
      run: () => setPreferences({ scaleLimits: { max: null, sum: null, missed: null } }),
    },
  ];
  return (
    <div className="toolbar map-toolbar" role="toolbar" aria-label="Map">
      <IconButton
        icon="chevron-left"
        label="Previous head"
        keys="["
        onClick={() => step(-1)}
        disabledBecause={first ? 'this is the first head' : undefined}
      />
      <Select
        boxed
        label="Layer"
        value={String(place.layer)}
        options={layers.map((layer) => ({ value: String(layer), text: `L${layer}` }))}
        onChange={(layer) => focusHead({ layer: Number(layer), head: place.head })}
      />
      <Select
        boxed
        label="Head"
        value={String(place.head)}
        options={Array.from({ length: info.heads }, (_, head) => ({ value: String(head), text: `H${head}` }))}
        onChange={(head) => focusHead({ layer: place.layer, head: Number(head) })}
      />
      <IconButton
        icon="chevron-right"
        label="Next head"
        keys="]"
        onClick={() => step(1)}
        disabledBecause={last ? 'this is the last head' : undefined}
      />
      <span className="t3 map-wide">Mask</span>
      <Segmented
        label={`Mask of ${headName(place)}`}
        value={mode}
        options={MASK_MODES.map((value) => ({ value, label: MODE_NAMES[value] }))}
        onChange={(maskMode) => setPreferences({ maskMode })}
      />
      <span className="map-fold">
        <Segmented label="Cell value" value={aggregate} options={AGGREGATES} onChange={(value) => setPreferences({ aggregate: value })} />
      </span>
      <span className="grow" />
      <span className="map-wide">
        <IconButton icon="target" label="16 pixels a token" keys="1" onClick={closeUp} />
      </span>
      <IconButton icon="fit" label="Show all" keys="0" onClick={fitMap} />
      <MenuButton label="More of the map" items={more} align="end">
        <Icon name="more" />
      </MenuButton>
    </div>
  );
}
