// One tensor's data out of a safetensors file, as float32 or int32.
import { basename } from 'node:path';
import { readInto } from '../checkpoint/bounded_file.ts';
import type { SafetensorsEntry } from '../checkpoint/safetensors.ts';
import { printable } from '../checkpoint/strict_json.ts';
import { type ErrorCode, HeadscopeError } from '../protocol/errors.ts';
import { widenBfloats, widenHalves } from './half.ts';

export function isFloatDtype(dtype: string): dtype is 'F32' | 'F16' | 'BF16' {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/** F32, F16 or BF16 elements; throws `code` for another type. */
export function readFloatTensor(path: string, entry: SafetensorsEntry, code: ErrorCode): Float32Array<ArrayBuffer> {
  const { dtype, begin, end } = entry;
  if (dtype === 'F32') {
    const values = new Float32Array((end - begin) / 4);
    readInto(path, begin, new Uint8Array(values.buffer));
    return values;
  }
  if (!isFloatDtype(dtype)) throw wrongType(path, entry, 'F32, F16 or BF16', code);
  const halves = new Uint16Array((end - begin) / 2);
  readInto(path, begin, new Uint8Array(halves.buffer));
  return dtype === 'F16' ? widenHalves(halves) : widenBfloats(halves);
}

export function readIntegerTensor(path: string, entry: SafetensorsEntry, code: ErrorCode): Int32Array<ArrayBuffer> {
  if (entry.dtype !== 'I32') throw wrongType(path, entry, 'I32', code);
  const values = new Int32Array((entry.end - entry.begin) / 4);
  readInto(path, entry.begin, new Uint8Array(values.buffer));
  return values;
}

function wrongType(path: string, entry: SafetensorsEntry, expected: string, code: ErrorCode): HeadscopeError {
  return new HeadscopeError(
    code,
    `${printable(basename(path))}: tensor "${printable(entry.name)}" is ${entry.dtype}; ${expected} is expected.`,
    { path, tensor: entry.name },
  );
}
