// What lies over and around the picture, painted on 2D canvases: axes, crosshair, position pills.
import type { TokenRect } from '../tiles/pyramid.ts';
import { visibleToken } from '../tokens/visible_text.ts';
import { wholeNumber } from '../ui/numbers.ts';
import type { MapInk } from './map_ink.ts';
import { axisTicks, LABEL_WIDTH, type MapLayout } from './map_layout.ts';

export interface OverlayScene {
  layout: MapLayout;
  view: TokenRect;
  tokens: number;
  ink: MapInk;
}

/** Token text appears on the axes from this many pixels a token. */
export const TEXT_PIXELS = 16;
const AXIS_FONT = 11;
const MOST_TEXT = 5;

export const pixelsPerToken = ({ layout, view }: OverlayScene): number => layout.side / (view.k1 - view.k0);

/** The upper axis' labels that fit, by their left edges and widths; in the font of `g`. */
function columnLabels(g: CanvasRenderingContext2D, scene: OverlayScene): { text: string; left: number; width: number }[] {
  const { layout, view, tokens } = scene;
  const { x, side } = layout;
  const perToken = pixelsPerToken(scene);
  return axisTicks(Math.max(0, view.k0), Math.min(tokens, view.k1), side / 110).flatMap((tick) => {
    const text = tick === 0 ? 'key k 0' : wholeNumber(tick);
    const { width } = g.measureText(text);
    const left = tick === 0 ? x : x + (tick - view.k0 + 0.5) * perToken - width / 2;
    return left + width > x + side + 8 ? [] : [{ text, left, width }];
  });
}

/** Position labels, or the tokens' own text where there is room for it. */
export function drawAxes(g: CanvasRenderingContext2D, scene: OverlayScene, text: (token: number) => string | null): void {
  const { layout, view, ink, tokens } = scene;
  const { x, y, side } = layout;
  const perToken = pixelsPerToken(scene);
  g.save();
  g.font = `${AXIS_FONT}px ${ink.uiFont}`;
  g.fillStyle = ink.text3;
  g.textBaseline = 'alphabetic';
  g.textAlign = 'left';
  for (const { text: label, left } of columnLabels(g, scene)) g.fillText(label, left, y - 46);
  g.textAlign = 'right';
  for (const tick of axisTicks(Math.max(0, view.q0), Math.min(tokens, view.q1), side / 110)) {
    const at = y + (tick - view.q0 + 0.5) * perToken;
    if (at > y + side - 4) continue;
    g.fillText(tick === 0 ? 'query 0' : wholeNumber(tick), x - LABEL_WIDTH - 4, Math.max(at + 4, y + 9));
  }
  if (perToken >= TEXT_PIXELS) drawTokenText(g, scene, text, perToken);
  g.restore();
}

/** Along the top inside the mass track, turned; at the left inside the missed track. */
function drawTokenText(
  g: CanvasRenderingContext2D,
  { layout, view, ink, tokens }: OverlayScene,
  text: (token: number) => string | null,
  perToken: number,
): void {
  const { x, y, side } = layout;
  const short = (token: number) => {
    const found = text(token);
    if (found === null) return null;
    const shown = [...visibleToken(found)];
    return shown.length > MOST_TEXT ? `${shown.slice(0, MOST_TEXT - 1).join('')}…` : shown.join('');
  };
  g.save();
  g.font = `${AXIS_FONT}px ${ink.monoFont}`;
  g.fillStyle = ink.text2;
  g.direction = 'ltr';
  g.beginPath();
  g.rect(x - 41, y - 41, side + 41, side + 41);
  g.clip();
  for (let token = Math.max(0, Math.floor(view.q0)); token < Math.min(tokens, view.q1); token += 1) {
    const label = short(token);
    if (label === null) continue;
    const at = y + (token - view.q0 + 0.5) * perToken;
    if (at < y + 4) continue;
    g.textAlign = 'right';
    g.fillText(label, x - 5, at + 4);
  }
  for (let token = Math.max(0, Math.floor(view.k0)); token < Math.min(tokens, view.k1); token += 1) {
    const label = short(token);
    if (label === null) continue;
    const at = x + (token - view.k0 + 0.5) * perToken;
    if (at < x + 4) continue;
    g.save();
    g.translate(at + 4, y - 5);
    g.rotate(-Math.PI / 2);
    g.textAlign = 'left';
    g.fillText(label, 0, 0);
    g.restore();
  }
  g.restore();
}

export interface Cursor {
  q: number;
  k: number;
}

function cased(g: CanvasRenderingContext2D, ink: MapInk, width: number, path: () => void): void {
  for (const [style, line, alpha] of [
    [ink.casing, width + 2, 0.7],
    [ink.text, width, 0.85],
  ] as const) {
    g.globalAlpha = alpha;
    g.strokeStyle = style;
    g.lineWidth = line;
    g.beginPath();
    path();
    g.stroke();
  }
  g.globalAlpha = 1;
}

/** Lines to both axes with a gap at the cell, a box around it; where the picture is split a ring at the mirrored place. */
export function drawCrosshair(g: CanvasRenderingContext2D, scene: OverlayScene, { q, k }: Cursor, split: boolean): void {
  const { layout, view, ink } = scene;
  const { x, y, side } = layout;
  const per = pixelsPerToken(scene);
  const cx = x + (k + 0.5 - view.k0) * per;
  const cy = y + (q + 0.5 - view.q0) * per;
  const gap = Math.max(5.5, per / 2);
  g.save();
  g.beginPath();
  g.rect(x, y, side, side);
  g.clip();
  const mx = Math.round(cx - 0.5) + 0.5;
  const my = Math.round(cy - 0.5) + 0.5;
  const diagonalX = x + (q + 1 - view.k0) * per;
  const diagonalY = y + (k - view.q0) * per;
  cased(g, ink, 1, () => {
    g.moveTo(x, my);
    g.lineTo(mx - gap, my);
    if (mx + gap < diagonalX) {
      g.moveTo(mx + gap, my);
      g.lineTo(diagonalX, my);
    }
    if (my - gap > diagonalY) {
      g.moveTo(mx, my - gap);
      g.lineTo(mx, diagonalY);
    }
    g.moveTo(mx, my + gap);
    g.lineTo(mx, y + side);
  });
  cased(g, ink, 1.5, () => g.rect(mx - gap, my - gap, 2 * gap, 2 * gap));
  if (split) {
    const rx = x + (q + 0.5 - view.k0) * per;
    const ry = y + (k + 0.5 - view.q0) * per;
    cased(g, ink, 1.5, () => g.arc(rx, ry, Math.max(6, gap), 0, 2 * Math.PI));
  }
  g.restore();
  if (cx >= x && cx <= x + side) {
    g.font = `${AXIS_FONT}px ${ink.uiFont}`;
    pill(g, ink, wholeNumber(k), cx, y - 50, 'center', [x - 40, x + side + 30], columnLabels(g, scene));
  }
  if (cy >= y && cy <= y + side) pill(g, ink, wholeNumber(q), x - LABEL_WIDTH, cy, 'right', [0, x]);
}

function pill(
  g: CanvasRenderingContext2D,
  ink: MapInk,
  text: string,
  at: number,
  middle: number,
  align: 'center' | 'right',
  [least, most]: [number, number],
  labels: readonly { left: number; width: number }[] = [],
): void {
  g.save();
  g.font = `600 ${AXIS_FONT}px ${ink.uiFont}`;
  const width = Math.ceil(g.measureText(text).width) + 10;
  const left = Math.min(most - width, Math.max(least, align === 'center' ? at - width / 2 : at - width));
  // A label that is partly under the pill could be misread: all of it goes.
  g.fillStyle = ink.surface;
  for (const label of labels)
    if (label.left < left + width + 2 && label.left + label.width > left - 2) g.fillRect(label.left - 1, middle - 8, label.width + 2, 16);
  g.fillStyle = ink.text;
  g.beginPath();
  g.roundRect(left, middle - 8, width, 16, 3);
  g.fill();
  g.fillStyle = ink.surface;
  g.textAlign = 'left';
  g.textBaseline = 'alphabetic';
  g.fillText(text, left + 5, middle + 4);
  g.restore();
}
