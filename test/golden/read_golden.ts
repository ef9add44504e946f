// Reads a golden: a safetensors file of float32 and integer arrays written by the scripts in this folder.
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const header = z.record(
  z.string(),
  z.object({ dtype: z.enum(['F32', 'I32', 'I16']), shape: z.array(z.number().int()), data_offsets: z.tuple([z.number(), z.number()]) }),
);

export interface GoldenArray {
  shape: number[];
  data: Float32Array | Int32Array | Int16Array;
}

export const goldenFolder = fileURLToPath(new URL('.', import.meta.url));

/** Every array of `file` (relative to this folder, or absolute) by name. Asking for a name that is not there throws. */
export function readGolden(file: string): (name: string) => GoldenArray {
  const bytes = readFileSync(isAbsolute(file) ? file : new URL(file, import.meta.url));
  const length = Number(bytes.readBigUInt64LE(0));
  const { __metadata__: _, ...entries } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  const arrays = new Map<string, GoldenArray>();
  for (const [name, { dtype, shape, data_offsets: offsets }] of Object.entries(header.parse(entries))) {
    const [begin, end] = offsets;
    const copy = new Uint8Array(bytes.subarray(8 + length + begin, 8 + length + end)).buffer;
    const data = dtype === 'F32' ? new Float32Array(copy) : dtype === 'I32' ? new Int32Array(copy) : new Int16Array(copy);
    arrays.set(name, { shape, data });
  }
  return (name) => {
    const array = arrays.get(name);
    if (!array) throw new Error(`${file} has no array ${name}`);
    return array;
  };
}

/** Largest absolute difference of two equally long arrays; NaN anywhere gives NaN. */
export function maxAbsDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let worst = 0;
  for (let i = 0; i < a.length; i += 1) {
    const difference = Math.abs((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN));
    if (Number.isNaN(difference)) return Number.NaN;
    worst = Math.max(worst, difference);
  }
  return worst;
}

/** |a - b| / |b| in the Euclidean norm. */
export function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`lengths differ: ${a.length} and ${b.length}`);
  let difference = 0;
  let norm = 0;
  for (let i = 0; i < a.length; i += 1) {
    difference += ((a[i] ?? Number.NaN) - (b[i] ?? Number.NaN)) ** 2;
    norm += (b[i] ?? Number.NaN) ** 2;
  }
  return Math.sqrt(difference / norm);
}
