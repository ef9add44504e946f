// The canvas of the heads, as large as the zone and as sharp as the screen.
import type { ThemeName } from '../ui/colour_maps.ts';
import { paintingOn } from '../ui/painting.ts';
import type { AtlasHead } from './atlas_heads.ts';
import { canvasInk } from './canvas_ink.ts';
import type { ColourScale } from './colour_scale.ts';
import { drawAtlas } from './draw.ts';
import type { AtlasLayout, Box } from './layout.ts';
import type { Thumbnails } from './use_thumbnails.ts';

/** What follows the pointer: read by the drawing, not by React, so that hovering never renders the tree. */
export interface PointerMarks {
  hover: number | null;
  brush: Box | null;
}

export interface AtlasPicture {
  heads: readonly AtlasHead[];
  layout: AtlasLayout;
  scale: ColourScale;
  theme: ThemeName;
  byLayer: boolean;
  means: readonly (number | null)[];
  thumbnails: Thumbnails;
  showThumbnails: boolean;
}

export interface AtlasMarks extends PointerMarks {
  /** headKey of each. */
  selected: ReadonlySet<string>;
  /** The cell with the keyboard's focus; null without it. */
  active: number | null;
}

export function paintAtlas(scroller: HTMLElement, canvas: HTMLCanvasElement, picture: AtlasPicture, marks: AtlasMarks): void {
  const [width, height] = [scroller.clientWidth, scroller.clientHeight];
  const ratio = window.devicePixelRatio || 1;
  const [pixelsX, pixelsY] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== pixelsX || canvas.height !== pixelsY) {
    canvas.width = pixelsX;
    canvas.height = pixelsY;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  const context = paintingOn(canvas);
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  const { heads, layout, scale, theme, byLayer, means, thumbnails, showThumbnails } = picture;
  drawAtlas(
    context,
    {
      layout,
      heads,
      scale,
      ink: canvasInk(scroller),
      byLayer,
      means,
      selected: marks.selected,
      active: marks.hover ?? marks.active,
      brush: marks.brush,
      thumbnail: showThumbnails ? ({ layer, head }) => thumbnails.painted?.get(layer, head, theme) ?? null : null,
    },
    { scrollTop: scroller.scrollTop, scrollLeft: scroller.scrollLeft, width, height },
  );
}
