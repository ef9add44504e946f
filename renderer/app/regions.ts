// F6 goes round the regions of the window in reading order.

export const REGIONS = ['title', 'rail', 'toolbar', 'picture', 'drawer', 'inspector', 'status'] as const;
export type Region = (typeof REGIONS)[number];

const FOCUSABLE = 'button:not(:disabled), [href], input:not(:disabled), select, canvas[tabindex], [tabindex]:not([tabindex="-1"])';

function visible(element: HTMLElement): boolean {
  return element.getClientRects().length > 0 || element.ownerDocument.defaultView?.navigator.userAgent.includes('jsdom') === true;
}

/** Moves the focus to the next (or previous) region that is there, and to its first control. Returns the region. */
export function cycleRegions(document: Document, step: 1 | -1): string | null {
  const places = [...document.querySelectorAll<HTMLElement>('[data-region]')].filter(visible);
  if (places.length === 0) return null;
  const at = places.findIndex((place) => place.contains(document.activeElement));
  const begin = at < 0 ? (step > 0 ? -1 : 0) : at;
  const next = places[(begin + step + places.length) % places.length];
  if (!next) return null;
  const inside = next.querySelector<HTMLElement>(FOCUSABLE);
  // A region without a control, such as one that is still loading, takes the focus itself.
  if (!inside) next.tabIndex = -1;
  (inside ?? next).focus();
  return next.dataset.region ?? null;
}
