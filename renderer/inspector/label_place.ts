// Where a point's label goes so that it covers neither a curve nor a candidate nor the edge of the plane.

export interface PlanePixel {
  x: number;
  y: number;
}

export interface LabelPlace extends PlanePixel {
  anchor: 'start' | 'end' | 'middle';
}

export interface LabelBounds {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const HEIGHT = 12;
/** From the point to the nearest edge of its label. */
const AWAY = 13;
/** Kept free around what is drawn. */
const MARGIN = 2;

/** Baseline and anchor of a label `width` pixels wide beside `point`: of the places around it, near ones first, the one over the fewest of
 * `obstacles` (points along the curves, centres of marks) among those inside `bounds`. */
export function labelPlace(point: PlanePixel, width: number, obstacles: readonly PlanePixel[], bounds: LabelBounds): LabelPlace {
  const beside = [0, -14, 16, -28, 30, -44, 46, -60, 62].flatMap((dy): LabelPlace[] => [
    { x: point.x + AWAY, y: point.y + 4 + dy, anchor: 'start' },
    { x: point.x - AWAY, y: point.y + 4 + dy, anchor: 'end' },
    { x: point.x, y: point.y + 4 + dy, anchor: 'middle' },
  ]);
  let best: LabelPlace | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const place of beside) {
    const left = place.x - (place.anchor === 'start' ? 0 : place.anchor === 'end' ? width : width / 2);
    const [right, top, bottom] = [left + width, place.y - HEIGHT + 2, place.y + 3];
    if (left < bounds.left || right > bounds.right || top < bounds.top || bottom > bounds.bottom) continue;
    const covered = [point, ...obstacles].filter(
      ({ x, y }) => x > left - MARGIN && x < right + MARGIN && y > top - MARGIN && y < bottom + MARGIN,
    ).length;
    if (covered < fewest) {
      best = place;
      fewest = covered;
    }
    if (fewest === 0) break;
  }
  return best ?? { x: bounds.left, y: bounds.bottom, anchor: 'start' };
}

/** Points at most `step` pixels apart along a polyline. */
export function alongLine(vertices: readonly PlanePixel[], step: number): PlanePixel[] {
  return vertices.flatMap((to, index) => {
    const from = vertices[index - 1];
    if (!from) return [to];
    const parts = Math.max(1, Math.ceil(Math.hypot(to.x - from.x, to.y - from.y) / step));
    return Array.from({ length: parts }, (_, part) => {
      const share = (part + 1) / parts;
      return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
    });
  });
}
