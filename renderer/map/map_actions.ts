// What the map can do, for keys, buttons, menus and the palette alike.

import { createStore } from 'zustand/vanilla';
import { focusStore, setHover } from '../state/focus.ts';
import { announce } from '../state/notices.ts';
import { preferencesStore, setPreferences } from '../state/preferences.ts';
import { readoutStore } from '../state/readout.ts';
import { fit as fitView, goTo, MAIN_VIEWPORT, pan, setViewport, viewport, viewportsStore, zoomAbout } from '../state/viewports.ts';
import { wholeNumber } from '../ui/numbers.ts';
import type { MapController } from './map_controller.ts';
import { mapStatusStore } from './map_status.ts';

const ZOOM_STEP = 1.5;
/** A jump from far away zooms in to so many tokens. */
const JUMP_TOKENS = 256;
/** "F" twice: so many tokens around the cursor. */
const CURSOR_TOKENS = 64;
/** "1": 16 pixels a token. */
const CLOSE_PIXELS = 16;

let controller: MapController | null = null;

/** The map on screen; the newest one mounted. */
export function setMapOnScreen(map: MapController | null): void {
  controller = map;
}
export const mapOnScreen = (): MapController | null => controller;

/** Where keys zoom: at the cursor while it is in view, else at the middle. */
function centre(): { q: number; k: number } {
  const view = viewport();
  const { hover } = focusStore.getState();
  if (hover && hover.q >= view.q0 && hover.q < view.q1 && hover.k >= view.k0 && hover.k < view.k1)
    return { q: hover.q + 0.5, k: hover.k + 0.5 };
  return { q: (view.q0 + view.q1) / 2, k: (view.k0 + view.k1) / 2 };
}

export function zoomMap(direction: 'in' | 'out'): void {
  const { q, k } = centre();
  zoomAbout(MAIN_VIEWPORT, direction === 'in' ? 1 / ZOOM_STEP : ZOOM_STEP, q, k);
}

export function fitMap(): void {
  fitView(MAIN_VIEWPORT);
}

/** 16 pixels a token, around the cursor. */
export function closeUp(): void {
  const side = (controller?.layout.side ?? 512) / CLOSE_PIXELS;
  const { q, k } = centre();
  const view = viewport();
  zoomAbout(MAIN_VIEWPORT, side / (view.k1 - view.k0), q, k);
}

/** While the diagonal is followed both directions move along it. */
export function panMap(down: number, right: number): void {
  if (followStore.getState().diagonal) pan(MAIN_VIEWPORT, down + right, down + right);
  else pan(MAIN_VIEWPORT, down, right);
}

/** Whether pans move along the diagonal. Not kept between starts. */
export const followStore = createStore<{ diagonal: boolean }>()(() => ({ diagonal: false }));

/** From now on pans stay on the diagonal, which comes to the middle; or no longer. */
export function toggleDiagonal(): void {
  const diagonal = !followStore.getState().diagonal;
  followStore.setState({ diagonal });
  if (diagonal) {
    const { q0, q1, k0, k1 } = viewport();
    const middle = (q0 + q1 + k0 + k1) / 4;
    goTo(MAIN_VIEWPORT, middle, middle);
  }
  announce(diagonal ? 'Pans follow the diagonal' : 'Pans move freely');
}

/** The limits that the scales have now become every head's, until they are given back to the data. */
export function holdScales(): void {
  const { limits, lostLimits } = mapStatusStore.getState();
  const { scaleLimits, aggregate } = preferencesStore.getState();
  setPreferences({ scaleLimits: { ...scaleLimits, [aggregate]: limits, missed: lostLimits ?? scaleLimits.missed } });
}

/** The cursor's pair into the middle; where it is there already, close up to it. */
export function centreCursor(): void {
  const { hover } = focusStore.getState();
  if (!hover) return;
  const { q, k } = hover;
  const view = viewport();
  const away = Math.abs((view.q0 + view.q1) / 2 - q) + Math.abs((view.k0 + view.k1) / 2 - k);
  const { tokens } = viewportsStore.getState();
  // At an edge of the matrix the middle cannot be reached.
  const edge = Math.min(q, k, tokens - q) < (view.q1 - view.q0) / 2;
  if (away < 2 || (edge && q >= view.q0 && q < view.q1 && k >= view.k0 && k < view.k1)) goTo(MAIN_VIEWPORT, q, k, CURSOR_TOKENS);
  else goTo(MAIN_VIEWPORT, q, k);
}

/** Moves the cursor by tokens, and the view after it where it leaves. */
export function moveCursor(down: number, right: number): void {
  const { tokens } = viewportsStore.getState();
  const { hover } = focusStore.getState();
  const from = hover ?? { q: Math.floor(centre().q), k: Math.floor(centre().k) };
  const q = Math.min(tokens - 1, Math.max(0, from.q + down));
  const k = Math.min(q, Math.max(0, from.k + right));
  setHover({ q, k, source: 'keyboard' });
  const view = viewport();
  if (q < view.q0 || q >= view.q1 || k < view.k0 || k >= view.k1) goTo(MAIN_VIEWPORT, q, k);
}

/** Centres a pair of tokens and puts the cursor there. */
export function jumpTo(q: number, k: number): void {
  goTo(MAIN_VIEWPORT, q, k, JUMP_TOKENS);
  setHover({ q, k, source: 'keyboard' });
}

export type ParsedPosition = { q: number; k: number } | { problem: string };

/** 'q,k' or 'q' (its own position on the diagonal), digits with or without thousands commas where a space or semicolon separates. */
export function parsePosition(text: string, tokens: number): ParsedPosition {
  const parts = text
    .trim()
    .split(/\s*;\s*|\s+|,(?!\d{3}(?:\D|$))|,/)
    .filter((part) => part !== '');
  if (parts.length === 0 || parts.length > 2 || !parts.every((part) => /^\d+$/.test(part))) {
    return { problem: 'Write a row, or a row and a column: 21517 or 21517, 8131.' };
  }
  const q = Number(parts[0]);
  const k = parts[1] === undefined ? q : Number(parts[1]);
  if (q >= tokens || k >= tokens) return { problem: `The run has positions 0 to ${wholeNumber(tokens - 1)}.` };
  if (k > q) return { problem: 'A row attends to columns up to itself: the second number is not above the first.' };
  return { q, k };
}

/** Freezes the read-out, or lets it follow again, and says what it reads. */
export function toggleReadout(): void {
  const { frozen } = focusStore.getState();
  focusStore.setState({ frozen: !frozen });
  announce(frozen ? 'Read-out follows the pointer.' : readoutSentence());
}

/** The cell under the cursor in a sentence. */
export function readoutSentence(): string {
  const { cell } = readoutStore.getState();
  if (!cell) return 'No cell under the cursor.';
  const value =
    cell.value === null
      ? 'value not there yet'
      : `attention ${Number(cell.value.toPrecision(4))}${cell.exact ? ', exact' : ', of the drawn cell'}`;
  const kept =
    cell.keptBy === undefined ? '' : cell.keptBy === null ? `, missed by the mask${cell.because ?? ''}` : `, kept by ${cell.keptBy}`;
  const word = (text: string | null) => (text === null ? '' : ` ${JSON.stringify(text)}`);
  return `Query ${wholeNumber(cell.q)}${word(cell.queryToken)}, key ${wholeNumber(cell.k)}${word(cell.keyToken)}, distance ${wholeNumber(cell.q - cell.k)}, ${value}${kept}.`;
}

export function showWhole(): void {
  const { tokens } = viewportsStore.getState();
  setViewport(MAIN_VIEWPORT, { q0: 0, q1: tokens, k0: 0, k1: tokens });
}
