// Named rectangles of the attention matrix, in tokens. A panel holds a viewport's name: panels with the same name move together.
import { createStore } from 'zustand/vanilla';

/** Rows [q0, q1) and columns [k0, k1), float64: a pan by a fraction of a token is kept. */
export interface Viewport {
  q0: number;
  q1: number;
  k0: number;
  k1: number;
}

export interface ViewportsState {
  views: Readonly<Record<string, Viewport>>;
  /** Tokens of the run on screen: rows and columns are [0, tokens). */
  tokens: number;
}

export const MAIN_VIEWPORT = 'main';
/** The closest zoom: so many tokens along the shorter side. */
export const FEWEST_TOKENS = 8;

export const viewportsStore = createStore<ViewportsState>()(() => ({ views: {}, tokens: 0 }));

export const wholeMatrix = (tokens: number): Viewport => ({ q0: 0, q1: tokens, k0: 0, k1: tokens });

function span(begin: number, length: number, tokens: number): [number, number] {
  const size = Math.min(length, tokens);
  const start = Math.min(Math.max(begin, 0), tokens - size);
  return [start, start + size];
}

/** The viewport moved into the matrix and no larger than it; both sides keep their lengths where they fit. */
export function clampViewport(view: Viewport, tokens: number): Viewport {
  const [q0, q1] = span(view.q0, view.q1 - view.q0, tokens);
  const [k0, k1] = span(view.k0, view.k1 - view.k0, tokens);
  return { q0, q1, k0, k1 };
}

export function pannedBy(view: Viewport, rows: number, columns: number): Viewport {
  return { q0: view.q0 + rows, q1: view.q1 + rows, k0: view.k0 + columns, k1: view.k1 + columns };
}

/** `factor` below 1 zooms in; the token under (q, k) stays where it is on screen as long as neither limit is met. */
export function zoomedAbout(view: Viewport, factor: number, q: number, k: number, tokens: number): Viewport {
  const height = view.q1 - view.q0;
  const width = view.k1 - view.k0;
  const least = Math.min(FEWEST_TOKENS, tokens) / Math.min(height, width);
  const most = tokens / Math.max(height, width);
  const scale = Math.min(Math.max(factor, least), Math.max(most, least));
  return clampViewport(
    { q0: q - (q - view.q0) * scale, q1: q + (view.q1 - q) * scale, k0: k - (k - view.k0) * scale, k1: k + (view.k1 - k) * scale },
    tokens,
  );
}

export function centredOn(view: Viewport, q: number, k: number): Viewport {
  return pannedBy(view, q - (view.q0 + view.q1) / 2, k - (view.k0 + view.k1) / 2);
}

export function viewport(id: string = MAIN_VIEWPORT): Viewport {
  const { views, tokens } = viewportsStore.getState();
  return views[id] ?? wholeMatrix(tokens);
}

/** Clamped into the matrix. */
export function setViewport(id: string, view: Viewport): void {
  viewportsStore.setState(({ views, tokens }) => ({ views: { ...views, [id]: clampViewport(view, tokens) } }));
}

/** Moves by fractions of the viewport's own height and width: pan(id, 0, 0.1) is a tenth of a screen to the right. */
export function pan(id: string, downFraction: number, rightFraction: number): void {
  const view = viewport(id);
  setViewport(id, pannedBy(view, downFraction * (view.q1 - view.q0), rightFraction * (view.k1 - view.k0)));
}

export function zoomAbout(id: string, factor: number, q: number, k: number): void {
  setViewport(id, zoomedAbout(viewport(id), factor, q, k, viewportsStore.getState().tokens));
}

export function fit(id: string = MAIN_VIEWPORT): void {
  setViewport(id, wholeMatrix(viewportsStore.getState().tokens));
}

/** Centres (q, k) and, where the view is coarser, zooms in to `tokens` along the shorter side. */
export function goTo(id: string, q: number, k: number, side?: number): void {
  const view = viewport(id);
  const { tokens } = viewportsStore.getState();
  const shorter = Math.min(view.q1 - view.q0, view.k1 - view.k0);
  const zoomed = side === undefined || side >= shorter ? view : zoomedAbout(view, side / shorter, q, k, tokens);
  setViewport(id, centredOn(zoomed, q, k));
}

/** A run of another length: every viewport starts at the whole matrix again or, with `keep`, stays where it fits; the same length keeps them. */
export function setTokens(tokens: number, { keep = false } = {}): void {
  const { tokens: before, views } = viewportsStore.getState();
  if (before === tokens) return;
  const kept = keep ? Object.entries(views).map(([id, view]) => [id, clampViewport(view, tokens)] as const) : [];
  viewportsStore.setState({ tokens, views: Object.fromEntries(kept) });
}

/** Makes `id` start where `from` is; from then on they move apart. */
export function unlink(id: string, from: string): void {
  setViewport(id, viewport(from));
}
