// What the palette offers for what is typed: commands, heads, bookmarks; ':' a position, '@' a head. Text after '"' is in use_token_items.
import type { PatternKind } from '../../engine/protocol/pattern.ts';
import { goToBookmark } from '../library/bookmark_actions.ts';
import { goToRun } from '../library/open_run.ts';
import { jumpTo, parsePosition } from '../map/map_actions.ts';
import { bookmarksHere } from '../state/bookmarks.ts';
import { configStore, entryOf } from '../state/config_document.ts';
import { focusHead, focusStore, type HeadPlace, headName, showArea } from '../state/focus.ts';
import { currentRun, libraryStore } from '../state/library.ts';
import { measurementOf, measurementsStore } from '../state/measurements.ts';
import { preferencesStore } from '../state/preferences.ts';
import { recallText, wholeNumber } from '../ui/numbers.ts';
import { patternText } from '../ui/pattern_words.ts';
import { blockedBecause, commandsStore, matchCommands, runCommand } from './command_registry.ts';
import { worstFirst } from './commands/go_commands.ts';

export interface PaletteItem {
  id: string;
  group: 'Commands' | 'Heads' | 'Bookmarks' | 'Runs' | 'Position' | 'Tokens';
  title: string;
  note: string;
  /** At the right. */
  meta: string;
  keys: string | undefined;
  glyph: PatternKind | null;
  disabledBecause: string | undefined;
  run: () => void;
  /** With Alt. */
  runAlt?: () => void;
}

const MOST_COMMANDS = 60;
const MOST_HEADS = 8;

function headItem(place: HeadPlace): PaletteItem {
  const pattern = entryOf(configStore.getState(), place)?.pattern ?? null;
  const measurement = measurementOf(measurementsStore.getState(), focusStore.getState().runId, place);
  return {
    id: `head ${headName(place)}`,
    group: 'Heads',
    title: headName(place),
    note: measurement ? `recall ${recallText(measurement.recall)}` : '',
    meta: pattern ? patternText(pattern) : '',
    keys: undefined,
    glyph: pattern?.kind ?? null,
    disabledBecause: undefined,
    run: () => focusHead(place, { open: true }),
  };
}

/** 'L12H5', 'l12 h5', '12 5', 'L12': heads that begin so. */
export function matchHeads(text: string, layers: readonly number[], heads: number): HeadPlace[] {
  const match = /^\s*l?\s*(\d+)?\s*[,./ ]?\s*(?:h\s*)?(\d+)?\s*$/i.exec(text);
  if (!match) return [];
  const [, layerText, headText] = match;
  if (layerText === undefined) return [];
  const found: HeadPlace[] = [];
  for (const layer of layers) {
    if (headText === undefined ? !String(layer).startsWith(layerText) : layer !== Number(layerText)) continue;
    for (let head = 0; head < heads; head += 1)
      if (headText === undefined || String(head).startsWith(headText)) found.push({ layer, head });
  }
  return found;
}

function positionItems(text: string): PaletteItem[] {
  const rows = currentRun()?.info.rows;
  if (rows === undefined) return [];
  const parsed = parsePosition(text, rows);
  const item = { id: 'position', group: 'Position' as const, meta: '', keys: undefined, glyph: null };
  if (text.trim() === '') {
    const title = 'Write a row, or a row and a column';
    return [{ ...item, title, note: '21517 or 21517, 8131', disabledBecause: 'Nothing is written yet.', run: () => {} }];
  }
  if ('problem' in parsed) return [{ ...item, title: parsed.problem, note: '', disabledBecause: parsed.problem, run: () => {} }];
  const { q, k } = parsed;
  const go = () => {
    showArea('map');
    jumpTo(q, k);
  };
  return [{ ...item, title: `Go to query ${wholeNumber(q)}, key ${wholeNumber(k)}`, note: '', disabledBecause: undefined, run: go }];
}

export function paletteItems(query: string): PaletteItem[] {
  const run = currentRun();
  if (query.startsWith(':')) return positionItems(query.slice(1));
  if (query.startsWith('@')) {
    if (!run) return [];
    const text = query.slice(1);
    const places = text.trim() === '' ? worstFirst() : matchHeads(text, run.info.layersPresent, run.info.heads);
    const { layer, head } = focusStore.getState();
    return (places.length > 0 || text.trim() !== '' ? places : [{ layer, head }]).slice(0, 64).map(headItem);
  }
  const commands = matchCommands(commandsStore.getState().commands, query)
    .slice(0, MOST_COMMANDS)
    .map((command): PaletteItem => {
      const disabledBecause = blockedBecause(command);
      const on = command.checked?.() === true ? 'on' : '';
      return {
        id: command.id,
        group: 'Commands',
        title: command.title,
        note: disabledBecause ?? '',
        meta: command.keys === undefined ? on : '',
        keys: command.keys?.[0],
        glyph: null,
        disabledBecause,
        run: () => void runCommand(command.id),
      };
    });
  // What can run comes before what cannot.
  const ordered = [
    ...commands.filter((item) => item.disabledBecause === undefined),
    ...commands.filter((item) => item.disabledBecause !== undefined),
  ];
  const text = query.trim().toLowerCase();
  const heads = run && /\d/.test(text) ? matchHeads(text, run.info.layersPresent, run.info.heads) : text === 'worst' ? worstFirst() : [];
  const places = bookmarksHere(preferencesStore.getState().bookmarks, run?.info ?? null).filter(({ name, note }) =>
    `${name} ${note}`.toLowerCase().includes(text),
  );
  const runs = text === '' ? [] : libraryStore.getState().runs.filter(({ name }) => name.toLowerCase().includes(text));
  return [
    ...ordered,
    ...heads.slice(0, MOST_HEADS).map(headItem),
    ...(text === '' ? [] : places).map(
      (bookmark): PaletteItem => ({
        id: `bookmark ${bookmark.id}`,
        group: 'Bookmarks',
        title: bookmark.name,
        note: bookmark.note,
        meta: bookmark.view ? headName(bookmark) : 'Atlas',
        keys: undefined,
        glyph: null,
        disabledBecause: undefined,
        run: () => void goToBookmark(bookmark),
      }),
    ),
    ...runs.map(
      ({ info, name }): PaletteItem => ({
        id: `run ${info.runId}`,
        group: 'Runs',
        title: name,
        note: '',
        meta: `${wholeNumber(info.rows)} tokens`,
        keys: undefined,
        glyph: null,
        disabledBecause: undefined,
        run: () => goToRun(info.runId),
      }),
    ),
  ];
}
