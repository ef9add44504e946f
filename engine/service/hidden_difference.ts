// How far two runs of the same prompt have come apart after each layer.
import { setImmediate } from 'node:timers/promises';
import type { NativeRun } from '../native/addon.ts';
import type { LayerComparison } from '../protocol/whole_model.ts';

/** Bytes of hidden states that a comparison may keep, of both runs together. */
const MOST_BYTES = 1 << 28;

export function hiddenFits(rows: number, hiddenSize: number, layers: number): boolean {
  return 2 * (layers + 1) * rows * hiddenSize * Float32Array.BYTES_PER_ELEMENT <= MOST_BYTES;
}

/** ||a - b|| / ||a|| of elements [begin, end); 0 where a is 0 and so is b. */
function relativeL2(a: Float32Array, b: Float32Array, begin: number, end: number): number {
  let [difference, norm] = [0, 0];
  for (let at = begin; at < end; at += 1) {
    const value = a[at] ?? 0;
    difference += (value - (b[at] ?? 0)) ** 2;
    norm += value ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / norm);
}

/** Of what leaves each layer: the input of the next one, and of the final norm. Both runs keep their layer inputs. */
export async function hiddenDifferences(
  dense: NativeRun,
  sparse: NativeRun,
  layers: number,
  hiddenSize: number,
): Promise<LayerComparison['hidden'][]> {
  const cells = dense.rows * hiddenSize;
  const [a, b] = [new Float32Array(cells), new Float32Array(cells)];
  const found: LayerComparison['hidden'][] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    dense.copyLayerInput(layer + 1, a);
    sparse.copyLayerInput(layer + 1, b);
    found.push({ relL2: relativeL2(a, b, 0, cells), lastRelL2: relativeL2(a, b, cells - hiddenSize, cells) });
    await setImmediate(); // whoever else asks something is answered between layers
  }
  return found;
}
