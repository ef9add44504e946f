// Where the window was, and whether that place still exists.
import { z } from 'zod';

export const MIN_WIDTH = 880;
export const MIN_HEIGHT = 600;
const DEFAULT_WIDTH = 1440;
const DEFAULT_HEIGHT = 900;
/** Of a remembered window, at least so much of its top edge has to lie on a screen, device-independent pixels. */
const VISIBLE = { width: 160, height: 40 };

const place = z.object({ x: z.int(), y: z.int(), width: z.int().min(1), height: z.int().min(1) });
const windowState = z.object({ bounds: place, maximized: z.boolean() });
export type WindowState = z.infer<typeof windowState>;

export interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Opening {
  /** Without x and y the system centres the window. */
  bounds: { x?: number; y?: number; width: number; height: number };
  maximized: boolean;
}

function overlap(begin: number, length: number, otherBegin: number, otherLength: number): number {
  return Math.min(begin + length, otherBegin + otherLength) - Math.max(begin, otherBegin);
}

/** `remembered` is whatever the settings file held; `screens` the work areas. */
export function openingFor(remembered: unknown, screens: readonly Rectangle[]): Opening {
  const largest = screens.reduce((best, screen) => (screen.width * screen.height > best.width * best.height ? screen : best), {
    x: 0,
    y: 0,
    width: 0,
    height: 0,
  });
  const bounded = (wanted: number, least: number, room: number) => Math.max(least, room > 0 ? Math.min(wanted, room) : wanted);
  const parsed = windowState.safeParse(remembered);
  if (!parsed.success) {
    const bounds = {
      width: bounded(DEFAULT_WIDTH, MIN_WIDTH, largest.width),
      height: bounded(DEFAULT_HEIGHT, MIN_HEIGHT, largest.height),
    };
    return { bounds, maximized: false };
  }
  const { bounds, maximized } = parsed.data;
  const screen = screens.find(
    (area) =>
      overlap(bounds.x, bounds.width, area.x, area.width) >= VISIBLE.width &&
      bounds.y >= area.y &&
      overlap(bounds.y, VISIBLE.height, area.y, area.height) >= VISIBLE.height,
  );
  const width = bounded(bounds.width, MIN_WIDTH, (screen ?? largest).width);
  const height = bounded(bounds.height, MIN_HEIGHT, (screen ?? largest).height);
  return { bounds: screen ? { x: bounds.x, y: bounds.y, width, height } : { width, height }, maximized };
}
