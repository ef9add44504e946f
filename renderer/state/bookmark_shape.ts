// A bookmark as it is stored.
import { z } from 'zod';

const whole = z.number().int().min(0);
const edge = z.number().min(0);
export const bookmarkShape = z.object({
  id: z.string().min(1).max(64),
  name: z.string().min(1).max(200),
  /** identityOf() its run. */
  of: z.string().max(200),
  layer: whole,
  head: whole,
  /** Of the map; null: the heads are what is kept. */
  view: z.object({ q0: edge, q1: edge, k0: edge, k1: edge }).nullable(),
  heads: z.array(z.object({ layer: whole, head: whole })).max(4096),
});
export type Bookmark = z.infer<typeof bookmarkShape>;

export const MOST_BOOKMARKS = 200;
