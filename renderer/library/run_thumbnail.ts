// A run as a picture of 48 pixels: the attention of the head in its middle, as ink. The PNG holds ink in its alpha alone, so that it is
// drawn in the colour of the theme.
import type { Client } from '../../engine/protocol/client.ts';
import { frameFloats } from '../../engine/protocol/frame.ts';
import type { RunInfo } from '../../engine/protocol/records.ts';
import { paintingOn } from '../ui/painting.ts';

export const THUMBNAIL_PIXELS = 48;
/** A PNG that grew larger than this is not kept. */
const MOST_CHARS = 16_384;
/** Octaves below the largest cell that are told apart. */
const OCTAVES = 14;

/** [cells, cells] of largest attention to [pixels, pixels] of ink, 0 to 255, on a log scale; every pixel is the largest of its cells. */
export function inkOf(cells: Float32Array, side: number, pixels = THUMBNAIL_PIXELS): Uint8ClampedArray {
  const largest = new Float32Array(pixels * pixels);
  let most = 0;
  for (let row = 0; row < side; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const value = cells[row * side + column] ?? 0;
      const at = Math.floor((row * pixels) / side) * pixels + Math.floor((column * pixels) / side);
      if (value > (largest[at] ?? 0)) largest[at] = value;
      if (value > most) most = value;
    }
  }
  const ink = new Uint8ClampedArray(pixels * pixels);
  for (const [at, value] of largest.entries()) if (value > 0) ink[at] = 255 * Math.max(0, 1 + Math.log2(value / most) / OCTAVES);
  return ink;
}

/** Null where the run kept no overview, or the browser makes no picture. Never rejects: a run opens without it as well. */
export async function runThumbnail(client: Client, { runId, layersPresent, heads }: RunInfo): Promise<string | null> {
  const layer = layersPresent[Math.floor(layersPresent.length / 2)];
  if (layer === undefined) return null;
  try {
    let ink: Uint8ClampedArray | null = null;
    await client.call(
      'map.overview',
      { runId, layer, heads: [Math.floor(heads / 2)] },
      {
        onFrame: (frame) => {
          ink = inkOf(frameFloats(frame).subarray(0, frame.rows * frame.columns), frame.rows);
        },
      },
    );
    return ink && painted(ink);
  } catch {
    return null;
  }
}

function painted(ink: Uint8ClampedArray): string | null {
  const canvas = document.createElement('canvas');
  canvas.width = THUMBNAIL_PIXELS;
  canvas.height = THUMBNAIL_PIXELS;
  const context = paintingOn(canvas);
  if (!context) return null;
  const picture = new ImageData(THUMBNAIL_PIXELS, THUMBNAIL_PIXELS);
  for (const [at, value] of ink.entries()) picture.data[4 * at + 3] = value;
  context.putImageData(picture, 0, 0);
  const url = canvas.toDataURL('image/png');
  return url.startsWith('data:image/png;base64,') && url.length <= MOST_CHARS ? url : null;
}
