// Pointer, wheel and keys on the picture: pan, zoom at the cursor, pinch, hover. Positions are CSS pixels of the picture's corner.
import { setHover } from '../state/focus.ts';
import { pannedBy, setViewport, viewport, viewportsStore, zoomAbout } from '../state/viewports.ts';
import { followStore } from './map_actions.ts';

export interface PictureBox {
  /** The picture's place on the page, now. */
  rect(): { left: number; top: number; width: number; height: number };
  /** True where the upper half mirrors the lower one. */
  mirrored(): boolean;
}

/** A wheel's notch of 100 pixels halves or doubles over three. */
const WHEEL_OCTAVES = 1 / 300;
const LINE_PIXELS = 16;
const CLICK_PIXELS = 3;

interface Held {
  x: number;
  y: number;
}

export interface TokenPoint {
  q: number;
  k: number;
}

export function listenToGestures(element: HTMLElement, viewId: string, box: PictureBox, clicked: (at: TokenPoint) => void): () => void {
  const held = new Map<number, Held>();
  let travelled = 0;
  /** The first press of a double click was on this map: with one that opened it the second alone is here. */
  let begun = false;

  const at = (x: number, y: number): TokenPoint => {
    const { left, top, width, height } = box.rect();
    const view = viewport(viewId);
    return { q: view.q0 + ((y - top) / height) * (view.q1 - view.q0), k: view.k0 + ((x - left) / width) * (view.k1 - view.k0) };
  };
  const inside = (x: number, y: number): boolean => {
    const { left, top, width, height } = box.rect();
    return x >= left && x < left + width && y >= top && y < top + height;
  };
  const token = ({ q, k }: TokenPoint): TokenPoint | null => {
    const { tokens } = viewportsStore.getState();
    const row = Math.floor(q);
    const column = Math.floor(k);
    if (row < 0 || column < 0 || row >= tokens || column >= tokens) return null;
    if (column <= row) return { q: row, k: column };
    return box.mirrored() ? { q: column, k: row } : null;
  };
  const hover = (event: PointerEvent) => {
    const place = inside(event.clientX, event.clientY) ? token(at(event.clientX, event.clientY)) : null;
    setHover(place ? { ...place, source: 'map' } : null);
  };

  const down = (event: PointerEvent) => {
    if (event.button !== 0 && event.pointerType === 'mouse') return;
    if (!inside(event.clientX, event.clientY)) return;
    element.setPointerCapture(event.pointerId);
    held.set(event.pointerId, { x: event.clientX, y: event.clientY });
    travelled = 0;
  };
  const move = (event: PointerEvent) => {
    const before = held.get(event.pointerId);
    if (!before) {
      hover(event);
      return;
    }
    const now = { x: event.clientX, y: event.clientY };
    const others = [...held].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    held.set(event.pointerId, now);
    travelled += Math.hypot(now.x - before.x, now.y - before.y);
    // A hand that moves the map reads no cell; the crosshair comes back where it lets go.
    if (travelled > CLICK_PIXELS) setHover(null);
    const { width, height } = box.rect();
    const view = viewport(viewId);
    const other = others[0];
    if (other) {
      // Two fingers: the tokens under them stay under them as far as one scale for both axes allows.
      const apart = Math.hypot(before.x - other.x, before.y - other.y);
      const { q, k } = at((now.x + other.x) / 2, (now.y + other.y) / 2);
      if (apart > 8) zoomAbout(viewId, apart / Math.max(8, Math.hypot(now.x - other.x, now.y - other.y)), q, k);
    }
    const share = other ? 0.5 : 1;
    const rows = ((before.y - now.y) / height) * (view.q1 - view.q0) * share;
    const columns = ((before.x - now.x) / width) * (view.k1 - view.k0) * share;
    if (travelled > CLICK_PIXELS) {
      if (!element.classList.contains('is-panning')) element.classList.add('is-panning');
      const along = followStore.getState().diagonal ? rows + columns : null;
      setViewport(viewId, pannedBy(viewport(viewId), along ?? rows, along ?? columns));
    }
  };
  const up = (event: PointerEvent) => {
    if (!held.delete(event.pointerId)) return;
    element.classList.remove('is-panning');
    if (travelled <= CLICK_PIXELS && event.type === 'pointerup') {
      const place = token(at(event.clientX, event.clientY));
      if (place) clicked(place);
    }
    hover(event);
  };
  const leave = () => {
    if (held.size === 0) setHover(null);
  };
  const wheel = (event: WheelEvent) => {
    if (!inside(event.clientX, event.clientY)) return;
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * LINE_PIXELS : event.deltaY;
    // A trackpad's pinch arrives as a wheel with Ctrl and small steps.
    const octaves = pixels * WHEEL_OCTAVES * (event.ctrlKey ? 4 : 1);
    const { q, k } = at(event.clientX, event.clientY);
    zoomAbout(viewId, 2 ** Math.max(-1, Math.min(1, octaves)), q, k);
  };
  const press = (event: MouseEvent) => {
    if (event.detail === 1) begun = true;
  };
  const twice = (event: MouseEvent) => {
    const both = begun;
    begun = false;
    if (!both || !inside(event.clientX, event.clientY)) return;
    const { q, k } = at(event.clientX, event.clientY);
    zoomAbout(viewId, event.shiftKey ? 2 : 0.5, q, k);
  };

  element.addEventListener('pointerdown', down);
  element.addEventListener('pointermove', move);
  element.addEventListener('pointerup', up);
  element.addEventListener('pointercancel', up);
  element.addEventListener('pointerleave', leave);
  element.addEventListener('wheel', wheel, { passive: false });
  element.addEventListener('mousedown', press);
  element.addEventListener('dblclick', twice);
  return () => {
    element.removeEventListener('pointerdown', down);
    element.removeEventListener('pointermove', move);
    element.removeEventListener('pointerup', up);
    element.removeEventListener('pointercancel', up);
    element.removeEventListener('pointerleave', leave);
    element.removeEventListener('wheel', wheel);
    element.removeEventListener('mousedown', press);
    element.removeEventListener('dblclick', twice);
  };
}
