// Where a floating box goes: below its anchor, above it where there is no room, inside the window in any case.

export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const GAP = 4;
const MARGIN = 8;

/** CSS pixels of the window. `align`: which edges of anchor and box fall together. */
export function anchoredPosition(
  anchor: Box,
  box: { width: number; height: number },
  screen: { width: number; height: number },
  align: 'start' | 'end' | 'centre' = 'start',
): { left: number; top: number } {
  const shift = { start: 0, end: anchor.width - box.width, centre: (anchor.width - box.width) / 2 }[align];
  const below = anchor.top + anchor.height + GAP;
  const above = anchor.top - GAP - box.height;
  const top = below + box.height + MARGIN <= screen.height || above < MARGIN ? below : above;
  return {
    left: Math.max(MARGIN, Math.min(anchor.left + shift, screen.width - box.width - MARGIN)),
    top: Math.max(MARGIN, Math.min(top, screen.height - box.height - MARGIN)),
  };
}

/** Puts an element that is in the document beside its anchor. */
export function placeBeside(element: HTMLElement, anchor: HTMLElement, align: 'start' | 'end' | 'centre' = 'start'): void {
  const box = element.getBoundingClientRect();
  const { left, top } = anchoredPosition(anchor.getBoundingClientRect(), box, { width: innerWidth, height: innerHeight }, align);
  element.style.left = `${left}px`;
  element.style.top = `${top}px`;
}
