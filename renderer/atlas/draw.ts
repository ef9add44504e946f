// The atlas on one canvas: cells or thumbnails, axis labels, layer means, selection. Drawn whole for the part that is scrolled into
// view; everything it shows comes in through Scene, so that the same scene always gives the same picture.

import { cssColour } from '../ui/colour_maps.ts';
import { type AtlasHead, headKey, quantityOf } from './atlas_heads.ts';
import type { CanvasInk } from './canvas_ink.ts';
import { drawHatch, type GlyphName, Glyphs, glyphPath, LEAST_GLYPH_CELL } from './cell_marks.ts';
import { type ColourScale, inkOn } from './colour_scale.ts';
import { type AtlasLayout, type Box, boxOf, rowsShown } from './layout.ts';

export interface Scene {
  layout: AtlasLayout;
  /** In the order of the cells. */
  heads: readonly AtlasHead[];
  scale: ColourScale;
  ink: CanvasInk;
  /** Rows are layers, in order. */
  byLayer: boolean;
  /** Mean of each layer; drawn at right where byLayer. */
  means: readonly (number | null)[];
  selected: ReadonlySet<string>;
  /** Under the pointer or the keyboard's cell: an index into heads. */
  active: number | null;
  brush: Box | null;
  /** Null: cells. */
  thumbnail: ((head: AtlasHead) => CanvasImageSource | null) | null;
}

export interface Window {
  scrollTop: number;
  scrollLeft: number;
  /** CSS pixels. */
  width: number;
  height: number;
}

const glyphOf = (head: AtlasHead): GlyphName => (head.captured ? (head.pattern?.kind ?? 'none') : 'none');

/** Paints the part of the scene that `view` shows. The context is scaled to CSS pixels. */
export function drawAtlas(context: CanvasRenderingContext2D, scene: Scene, view: Window): void {
  const { layout, ink } = scene;
  context.clearRect(0, 0, view.width, view.height);
  context.save();
  context.translate(-view.scrollLeft, -view.scrollTop);
  const [first, end] = rowsShown(layout, view.scrollTop, view.height);
  const last = Math.min(scene.heads.length, end * layout.columns);
  context.textBaseline = 'middle';
  const glyphs = new Glyphs();
  for (let index = first * layout.columns; index < last; index += 1) {
    const head = scene.heads[index];
    if (!head) continue;
    if (scene.thumbnail) drawThumbnail(context, scene, head, boxOf(layout, index), index);
    else drawCell(context, scene, head, boxOf(layout, index), glyphs);
  }
  glyphs.fill(context);
  for (let index = first * layout.columns; index < last; index += 1) {
    const head = scene.heads[index];
    if (head && scene.selected.has(headKey(head))) drawSelected(context, ink, boxOf(layout, index));
  }
  if (scene.active !== null && scene.active < scene.heads.length) {
    const { x, y, width, height } = boxOf(layout, scene.active);
    context.strokeStyle = ink.text;
    context.lineWidth = 2;
    context.strokeRect(x, y, width, height);
  }
  if (!scene.thumbnail && scene.byLayer) drawMeans(context, scene, first, end);
  if (scene.brush) {
    context.strokeStyle = ink.accent;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.strokeRect(scene.brush.x + 0.5, scene.brush.y + 0.5, scene.brush.width, scene.brush.height);
    context.setLineDash([]);
  }
  context.restore();
  if (!scene.thumbnail) drawAxes(context, scene, view, first, end);
}

function drawCell(context: CanvasRenderingContext2D, scene: Scene, head: AtlasHead, box: Box, glyphs: Glyphs): void {
  const value = quantityOf(head, scene.scale.by);
  if (value === null) {
    drawHatch(context, scene.ink, box);
    glyphs.add(glyphOf(head), scene.ink.text3, head.captured ? 0.6 : 0.95, box);
    return;
  }
  const { x, y, width, height } = box;
  const colour = scene.scale.colour(value);
  context.fillStyle = cssColour(colour);
  context.fillRect(x, y, width, height);
  const glyph = glyphOf(head);
  // The common kind stays quiet.
  glyphs.add(glyph, inkOn(colour), glyph === 'vertical_slash' ? 0.5 : 0.95, box);
  if (head.stale) {
    // Stale is a shape: a dashed edge in the cell's own ink.
    context.strokeStyle = inkOn(colour);
    context.globalAlpha = 0.7;
    context.lineWidth = 1;
    context.setLineDash([2, 2]);
    context.strokeRect(x + 1.5, y + 1.5, width - 3, height - 3);
    context.setLineDash([]);
    context.globalAlpha = 1;
  }
}

function drawSelected(context: CanvasRenderingContext2D, ink: CanvasInk, { x, y, width, height }: Box): void {
  context.lineWidth = Math.min(width, height) < LEAST_GLYPH_CELL ? 1 : 2;
  if (context.lineWidth === 2) {
    context.strokeStyle = ink.surface;
    context.strokeRect(x + 2, y + 2, width - 4, height - 4);
  }
  context.strokeStyle = ink.accent;
  context.strokeRect(x, y, width, height);
}

function drawThumbnail(context: CanvasRenderingContext2D, scene: Scene, head: AtlasHead, box: Box, index: number): void {
  const { ink } = scene;
  const { x, y, width, height } = box;
  const picture = scene.thumbnail?.(head) ?? null;
  if (picture) {
    context.imageSmoothingEnabled = width < 128;
    context.drawImage(picture, x, y, width, height);
  } else {
    drawHatch(context, ink, box);
  }
  context.strokeStyle = ink.line2;
  context.lineWidth = 1;
  context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1);
  if (!scene.byLayer) {
    const rank = String(index + 1);
    context.font = `11px ${ink.font}`;
    const wide = context.measureText(rank).width + 8;
    context.fillStyle = ink.surface;
    context.fillRect(x + width - wide - 3, y + 3, wide, 14);
    context.fillStyle = ink.text2;
    context.textAlign = 'center';
    context.fillText(rank, x + width - wide / 2 - 3, y + 10.5);
  }
  const middle = y + height + 11;
  const glyph = glyphOf(head);
  context.fillStyle = ink.text;
  context.save();
  context.translate(x, middle - 5);
  context.scale(10 / 12, 10 / 12);
  context.fill(glyphPath(glyph));
  context.restore();
  context.font = `11px ${ink.font}`;
  context.textAlign = 'left';
  context.fillText(`L${head.layer} H${head.head}`, x + 14, middle);
  const value = quantityOf(head, scene.scale.by);
  if (value === null) return;
  context.textAlign = 'right';
  context.font = `600 11px ${ink.font}`;
  context.fillStyle = head.stale ? ink.text3 : scene.scale.by === 'missed' ? ink.miss : ink.text;
  context.fillText(scene.scale.text(value), x + width, middle);
}

/** Of the gutter at right, for the gaps and the number beside a mean's bar. */
const MEAN_TEXT = 60;

/** One bar a layer, on a common scale, with its value. */
function drawMeans(context: CanvasRenderingContext2D, scene: Scene, first: number, end: number): void {
  const { layout, ink, scale, means } = scene;
  const x = boxOf(layout, layout.columns - 1).x + layout.pitchX + 12;
  const known = means.flatMap((mean) => mean ?? []);
  const longest = Math.max(0.01, ...known);
  context.font = `11px ${ink.font}`;
  context.textAlign = 'left';
  const thickness = Math.min(11, layout.cellHeight - 4);
  for (let row = first; row < end; row += 1) {
    const layer = scene.heads[row * layout.columns]?.layer;
    const mean = layer === undefined ? null : (means[layer] ?? null);
    if (mean === null) continue;
    const middle = layout.top + row * layout.pitchY + layout.cellHeight / 2;
    const length = Math.max(1, (mean / longest) * (layout.right - MEAN_TEXT));
    context.globalAlpha = 0.8;
    context.fillStyle = scale.by === 'missed' ? ink.missFill : scale.by === 'tiles' ? ink.maskLine : ink.control;
    context.fillRect(x, middle - thickness / 2, length, thickness);
    context.globalAlpha = 1;
    // Lines of text need 13 pixels each; below that every fourth row has its number, as it has its name.
    if (layout.pitchY < 13 && row % 4 !== 0) continue;
    context.fillStyle = ink.text2;
    context.fillText(scale.text(mean), x + length + 5, middle + 0.5);
  }
}

/** Head numbers on top and layer names at left, which stay in sight while the cells scroll. */
function drawAxes(context: CanvasRenderingContext2D, scene: Scene, view: Window, first: number, end: number): void {
  const { layout, ink, byLayer } = scene;
  context.font = `11px ${ink.font}`;
  if (byLayer) {
    context.fillStyle = ink.surface;
    context.fillRect(0, 0, view.width, layout.top - 4);
    context.fillRect(0, 0, Math.max(0, layout.left - 6), view.height);
  }
  context.fillStyle = ink.text3;
  context.textAlign = 'right';
  const every = layout.pitchY >= 28 || layout.rows <= 12 ? 1 : 4;
  for (let row = first; row < end; row += 1) {
    const y = layout.top + row * layout.pitchY + layout.cellHeight / 2 - view.scrollTop;
    const layer = scene.heads[row * layout.columns]?.layer;
    if (y < layout.top || row % every !== 0) continue;
    context.fillText(byLayer ? `L${layer ?? row}` : String(row * layout.columns + 1), layout.left - 8, y);
  }
  if (!byLayer) {
    context.textAlign = 'left';
    context.fillText('Rank, most missed mass first', layout.left, 16);
    return;
  }
  const step = layout.pitchX >= 28 ? 1 : 4;
  for (let column = 0; column < layout.columns; column += step) {
    const { x } = boxOf(layout, column);
    context.textAlign = column === 0 ? 'left' : 'center';
    context.fillText(column === 0 ? 'Head 0' : String(column), x + (column === 0 ? 0 : layout.cellWidth / 2) - view.scrollLeft, 16);
  }
  if (scene.means.some((mean) => mean !== null)) {
    context.textAlign = 'left';
    context.fillText('Layer mean', boxOf(layout, layout.columns - 1).x + layout.pitchX + 12 - view.scrollLeft, 16);
  }
}
