// F6 goes round the regions of the window in reading order: title bar, rail, toolbar, picture, drawer, inspector, status.

/** Regions may lie in one another: a toolbar in its picture, a map in its work area. */
const REGION = '[data-region], [data-region] .toolbar';
const FOCUSABLE = 'button:not(:disabled), [href], input:not(:disabled), select, canvas[tabindex], [tabindex]:not([tabindex="-1"])';
/** What a region is there for, where it has that: the map itself, the atlas's active cell. */
const HEART = '[role="application"][tabindex="0"], [role="grid"] [tabindex="0"]';

function visible(element: HTMLElement): boolean {
  return element.getClientRects().length > 0 || element.ownerDocument.defaultView?.navigator.userAgent.includes('jsdom') === true;
}

/** Of what lies in the region and in none inside it. */
function heartOf(region: HTMLElement): HTMLElement | undefined {
  const own = (selector: string) =>
    [...region.querySelectorAll<HTMLElement>(selector)].find((element) => element.closest(REGION) === region && visible(element));
  return own(HEART) ?? own(FOCUSABLE);
}

/** Moves the focus to the next (or previous) region that is there, and to its first control. Returns the region. */
export function cycleRegions(document: Document, step: 1 | -1): string | null {
  // A region of regions without a control of its own is passed over; one that is still loading takes the focus itself.
  const found = [...document.querySelectorAll<HTMLElement>(REGION)].flatMap((place) => {
    if (!visible(place)) return [];
    const heart = heartOf(place);
    return heart || place.querySelector(REGION) === null ? [{ place, heart: heart ?? place }] : [];
  });
  // By what is focused: a picture that holds its toolbar comes after it.
  found.sort((a, b) => (a.heart.compareDocumentPosition(b.heart) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1));
  const places = found.map(({ place }) => place);
  if (places.length === 0) return null;
  const current = document.activeElement?.closest<HTMLElement>(REGION) ?? null;
  const at = current === null ? -1 : places.indexOf(current);
  const begin = at < 0 ? (step > 0 ? -1 : 0) : at;
  const next = places[(begin + step + places.length) % places.length];
  if (!next) return null;
  const heart = heartOf(next) ?? next;
  if (heart === next) next.tabIndex = -1;
  heart.focus();
  return next.dataset.region ?? 'toolbar';
}
