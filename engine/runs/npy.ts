// NumPy's .npy, format 1.0: magic, a Python dict of descr, fortran_order and shape, then the elements in C order, little-endian.
import { basename } from 'node:path';
import { decodeUtf8, readInto, readRange, regularFileSize } from '../checkpoint/bounded_file.ts';
import { printable } from '../checkpoint/strict_json.ts';
import { type ErrorCode, HeadscopeError } from '../protocol/errors.ts';
import { AtomicFile } from './atomic_file.ts';
import { widenHalves } from './half.ts';

export type NpyType = 'f2' | 'f4' | 'f8' | 'i4' | 'i8';
const ITEM_BYTES: Readonly<Record<NpyType, number>> = { f2: 2, f4: 4, f8: 8, i4: 4, i8: 8 };
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Elements one typed array may hold here: 16 GiB of float32. */
const MAX_ELEMENTS = 2 ** 32 - 1;

export interface NpyHeader {
  path: string;
  type: NpyType;
  shape: number[];
  /** Elements, and where they begin in the file. */
  count: number;
  begin: number;
}

/** Checks the header and that the file has exactly its elements. Throws `code`, FILE_NOT_FOUND, FILE_UNREADABLE. */
export function readNpyHeader(path: string, code: ErrorCode = 'INVALID_REQUEST'): NpyHeader {
  const what = printable(basename(path));
  const fail = (message: string): never => {
    throw new HeadscopeError(code, `${what}: ${message}`, { path });
  };
  const bytes = regularFileSize(path);
  if (bytes < 10) return fail('not a .npy file, or cut off.');
  const front = readRange(path, 0, 10);
  if (!MAGIC.every((byte, i) => front[i] === byte)) return fail('not a .npy file.');
  const version = `${front[6]}.${front[7]}`;
  if (version !== '1.0') return fail(`.npy format ${version}; format 1.0 is read, which numpy.save writes for plain arrays.`);
  const begin = 10 + (front[8] ?? 0) + 256 * (front[9] ?? 0);
  if (begin > bytes) return fail('the file ends inside its header.');
  const { descr, fortran, shape } = parseHeaderDict(decodeUtf8(readRange(path, 10, begin), `The header of ${what}`, code), fail);
  const type = npyType(descr, fail);
  if (fortran && shape.filter((extent) => extent > 1).length > 1)
    return fail('the array is in Fortran order; save numpy.ascontiguousarray(x).');
  let count = 1;
  for (const extent of shape) {
    count *= extent;
    if (count > MAX_ELEMENTS) return fail(`the shape (${printable(shape.join(', '))}) is too large.`);
  }
  const expected = begin + count * ITEM_BYTES[type];
  if (expected !== bytes)
    return fail(`the shape (${printable(shape.join(', '))}) of ${type} needs ${expected} bytes, the file has ${bytes}.`);
  return { path, type, shape, count, begin };
}

function npyType(descr: string, fail: (message: string) => never): NpyType {
  const known = /^[<=|]([fi][248])$/.exec(descr)?.[1];
  if (known === 'f2' || known === 'f4' || known === 'f8' || known === 'i4' || known === 'i8') return known;
  if (descr.startsWith('>')) return fail(`the elements are ${printable(descr)}, big-endian; save x.astype("<f4").`);
  return fail(`the elements are of type ${printable(descr)}; float16, float32, float64, int32 and int64 are read.`);
}

/** Python's repr of {'descr': str, 'fortran_order': bool, 'shape': tuple of int}, keys in any order, nothing else. */
function parseHeaderDict(text: string, fail: (message: string) => never): { descr: string; fortran: boolean; shape: number[] } {
  const body = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1];
  if (body === undefined) return fail('its header is not a dict.');
  const found = new Map<string, string>();
  const item = /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*('[^'\\]*'|"[^"\\]*"|True|False|\([\d\sL,]*\))\s*(?:,|$)/y;
  while (item.lastIndex < body.length && body.slice(item.lastIndex).trim() !== '') {
    const match = item.exec(body);
    const [, , key, value] = match ?? [];
    if (key === undefined || value === undefined || found.has(key))
      return fail('its header is not understood: descr, fortran_order and shape of a plain array are expected.');
    found.set(key, value);
  }
  const descr = /^['"](.*)['"]$/.exec(found.get('descr') ?? '')?.[1];
  const fortran = found.get('fortran_order');
  const tuple = /^\(\s*((?:\d+L?\s*,\s*)*(?:\d+L?)?)\s*\)$/.exec(found.get('shape') ?? '')?.[1];
  if (descr === undefined || (fortran !== 'True' && fortran !== 'False') || tuple === undefined)
    return fail('its header lacks descr, fortran_order or shape.');
  const shape = tuple
    .split(',')
    .map((extent) => extent.trim().replace('L', ''))
    .filter((extent) => extent !== '')
    .map(Number);
  if (shape.length > 32 || !shape.every(Number.isSafeInteger)) return fail('its shape is too large.');
  return { descr, fortran: fortran === 'True', shape };
}

/** The elements of a float array as float32 (float64 is rounded). Throws `code` for integers. */
export function readNpyFloats(header: NpyHeader, code: ErrorCode = 'INVALID_REQUEST'): Float32Array<ArrayBuffer> {
  switch (header.type) {
    case 'f4': {
      const values = new Float32Array(header.count);
      readInto(header.path, header.begin, new Uint8Array(values.buffer));
      return values;
    }
    case 'f2': {
      const halves = new Uint16Array(header.count);
      readInto(header.path, header.begin, new Uint8Array(halves.buffer));
      return widenHalves(halves);
    }
    case 'f8': {
      const doubles = new Float64Array(header.count);
      readInto(header.path, header.begin, new Uint8Array(doubles.buffer));
      return Float32Array.from(doubles);
    }
    default:
      throw new HeadscopeError(code, `${printable(basename(header.path))} holds integers (${header.type}); floats are expected.`, {
        path: header.path,
      });
  }
}

/** The elements of an integer array; int64 must fit 32 bits. Throws `code` for floats and larger numbers. */
export function readNpyIntegers(header: NpyHeader, code: ErrorCode = 'INVALID_REQUEST'): Int32Array<ArrayBuffer> {
  const what = printable(basename(header.path));
  if (header.type === 'i4') {
    const values = new Int32Array(header.count);
    readInto(header.path, header.begin, new Uint8Array(values.buffer));
    return values;
  }
  if (header.type !== 'i8')
    throw new HeadscopeError(code, `${what} holds floats (${header.type}); integers are expected.`, { path: header.path });
  const wide = new BigInt64Array(header.count);
  readInto(header.path, header.begin, new Uint8Array(wide.buffer));
  const values = new Int32Array(header.count);
  for (let i = 0; i < wide.length; i++) {
    const value = wide[i] ?? 0n;
    values[i] = Number(value);
    if (BigInt(values[i] ?? 0) !== value)
      throw new HeadscopeError(code, `${what}: element ${i}, ${value}, does not fit 32 bits.`, { path: header.path });
  }
  return values;
}

/** The header's bytes, padded so that the elements begin at a multiple of 64. */
export function npyHeaderBytes(type: NpyType, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const dict = `{'descr': '<${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64;
  const bytes = new Uint8Array(length).fill(0x20);
  bytes.set(MAGIC);
  bytes.set([1, 0, (length - 10) & 0xff, (length - 10) >> 8], 6);
  bytes.set(new TextEncoder().encode(dict), 10);
  bytes[length - 1] = 0x0a;
  return bytes;
}

type NpyData = Float32Array | Float64Array | Int32Array | Uint16Array | BigInt64Array;
const DATA_BYTES: Readonly<Record<NpyType, { name: string; matches: (data: NpyData) => boolean }>> = {
  f2: { name: 'Uint16Array of half bits', matches: (data) => data instanceof Uint16Array },
  f4: { name: 'Float32Array', matches: (data) => data instanceof Float32Array },
  f8: { name: 'Float64Array', matches: (data) => data instanceof Float64Array },
  i4: { name: 'Int32Array', matches: (data) => data instanceof Int32Array },
  i8: { name: 'BigInt64Array', matches: (data) => data instanceof BigInt64Array },
};

/** Writes an array in pieces, in C order; the file appears at commit, and only if every element came. */
export class NpyWriter {
  private readonly file: AtomicFile;
  private readonly type: NpyType;
  private readonly total: number;
  private written = 0;

  private constructor(file: AtomicFile, type: NpyType, total: number) {
    this.file = file;
    this.type = type;
    this.total = total;
  }

  /** Throws FILE_WRITE_FAILED. */
  static async create(path: string, type: NpyType, shape: readonly number[]): Promise<NpyWriter> {
    const file = await AtomicFile.create(path);
    try {
      await file.write(npyHeaderBytes(type, shape));
    } catch (error) {
      await file.discard();
      throw error;
    }
    return new NpyWriter(
      file,
      type,
      shape.reduce((product, extent) => product * extent, 1),
    );
  }

  async write(data: NpyData): Promise<void> {
    const expected = DATA_BYTES[this.type];
    if (!expected.matches(data)) throw new HeadscopeError('INTERNAL', `An .npy file of ${this.type} takes ${expected.name}.`);
    this.written += data.length;
    if (this.written > this.total)
      throw new HeadscopeError('INTERNAL', `${this.file.path} was given more than its ${this.total} elements.`);
    await this.file.write(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }

  async commit(): Promise<void> {
    if (this.written !== this.total) {
      await this.file.discard();
      throw new HeadscopeError('INTERNAL', `${this.file.path} was given ${this.written} of its ${this.total} elements.`);
    }
    await this.file.commit();
  }

  discard(): Promise<void> {
    return this.file.discard();
  }
}

/** A whole array at once. */
export async function writeNpy(path: string, type: NpyType, shape: readonly number[], data: NpyData): Promise<void> {
  const writer = await NpyWriter.create(path, type, shape);
  try {
    await writer.write(data);
    await writer.commit();
  } catch (error) {
    await writer.discard();
    throw error;
  }
}
