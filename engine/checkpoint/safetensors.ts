// The header of a safetensors file, read and checked; the data is never touched.
// Format: 8 bytes little-endian header length, a JSON object name -> {dtype, shape, data_offsets}, the data.
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { type ErrorCode, HeadscopeError } from '../protocol/errors.ts';
import { decodeUtf8, readRange, regularFileSize } from './bounded_file.ts';
import { isJsonObject, type JsonObject, type JsonValue, parseStrictJson, printable } from './strict_json.ts';

export const MAX_HEADER_BYTES = 100_000_000;

/** Bits of one element; the format has types narrower than a byte. */
const DTYPE_BITS: Readonly<Record<string, number>> = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  BOOL: 8,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  F64: 64,
  I64: 64,
  U64: 64,
  C64: 64,
};

export interface SafetensorsEntry {
  name: string;
  /** As the file spells it: 'F32', 'BF16', ... */
  dtype: string;
  shape: number[];
  /** Absolute byte offsets in the file. */
  begin: number;
  end: number;
}

export interface SafetensorsHeader {
  path: string;
  fileBytes: number;
  headerBytes: number;
  /** Of the header's bytes. */
  headerSha256: string;
  /** In order of their place in the file. */
  tensors: ReadonlyMap<string, SafetensorsEntry>;
  metadata: Readonly<Record<string, string>>;
}

/** Reads and validates the header of a regular file. Throws `code` for anything the format forbids, FILE_NOT_FOUND, FILE_UNREADABLE. */
export function readSafetensorsHeader(path: string, code: ErrorCode = 'CHECKPOINT_INVALID'): SafetensorsHeader {
  const what = printable(basename(path));
  const fail = (message: string, data: Record<string, unknown> = {}): never => {
    throw new HeadscopeError(code, `${what}: ${message}`, { path, ...data });
  };
  const fileBytes = regularFileSize(path);
  if (fileBytes < 10) return fail(`${fileBytes} bytes are too few for a safetensors file; it was cut off or is something else.`);
  const declared = new DataView(readRange(path, 0, 8).buffer).getBigUint64(0, true);
  if (declared > BigInt(MAX_HEADER_BYTES)) {
    return fail(`it says its header has ${declared} bytes, more than the format's ${MAX_HEADER_BYTES}; this is not a safetensors file.`);
  }
  const headerBytes = Number(declared);
  if (headerBytes > fileBytes - 8) {
    return fail(`its header should have ${headerBytes} bytes, the file has ${fileBytes}: the file is truncated.`, {
      headerBytes,
      fileBytes,
    });
  }
  const header = readRange(path, 8, 8 + headerBytes);
  const text = decodeUtf8(header, `The header of ${what}`, code);
  if (!text.startsWith('{')) return fail('its header does not begin with "{": this is not a safetensors file.');
  const parsed = parseStrictJson(text, { what: `The header of ${what}`, code, maxDepth: 8 });
  if (!isJsonObject(parsed)) return fail('its header is not a JSON object.');

  const dataBegin = 8 + headerBytes;
  const entries: SafetensorsEntry[] = [];
  for (const [name, value] of Object.entries(parsed)) {
    if (name !== '__metadata__') entries.push(entryOf(name, value, dataBegin, fileBytes, fail));
  }
  checkCoverage(entries, dataBegin, fileBytes, fail);
  return {
    path,
    fileBytes,
    headerBytes,
    headerSha256: createHash('sha256').update(header).digest('hex'),
    tensors: new Map(entries.map((entry) => [entry.name, entry])),
    metadata: metadataOf(parsed, fail),
  };
}

type Fail = (message: string, data?: Record<string, unknown>) => never;

function metadataOf(header: JsonObject, fail: Fail): Record<string, string> {
  const value = Object.hasOwn(header, '__metadata__') ? header.__metadata__ : undefined;
  if (value === undefined) return {};
  if (!isJsonObject(value)) return fail('__metadata__ is not an object of strings.');
  const metadata: [string, string][] = [];
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return fail(`__metadata__ has the key "${printable(key)}" whose value is not a string.`);
    metadata.push([key, text]);
  }
  return Object.fromEntries(metadata);
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function entryOf(name: string, value: JsonValue, dataBegin: number, fileBytes: number, fail: Fail): SafetensorsEntry {
  const label = `tensor "${printable(name)}"`;
  if (!isJsonObject(value)) return fail(`${label} is not described by an object.`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== 'string' || !Object.hasOwn(DTYPE_BITS, dtype))
    return fail(`${label} has the unknown dtype ${printable(JSON.stringify(dtype) ?? 'none')}.`);
  if (!Array.isArray(shape) || !shape.every(isCount)) return fail(`${label} has a shape that is not a list of counts.`);
  if (!Array.isArray(offsets) || offsets.length !== 2) return fail(`${label} has no data_offsets of two numbers.`);
  const [begin, end] = offsets;
  if (!isCount(begin) || !isCount(end)) return fail(`${label} has data_offsets that are not whole numbers of 0 or more.`);
  if (begin > end) return fail(`${label} ends at ${end}, before it begins at ${begin}.`);
  const dataBytes = fileBytes - dataBegin;
  if (end > dataBytes) {
    return fail(`${label} ends at byte ${end} of the data, which has ${dataBytes}: the file is truncated or its header is wrong.`, {
      tensor: name,
    });
  }
  let bits = DTYPE_BITS[dtype] ?? 0;
  for (const extent of shape) {
    bits *= extent;
    if (!Number.isSafeInteger(bits)) return fail(`${label} has the shape [${printable(shape.join(', '))}], which overflows.`);
  }
  if (bits % 8 !== 0 || bits / 8 !== end - begin) {
    return fail(`${label}, ${dtype} [${printable(shape.join(', '))}], needs ${bits / 8} bytes, its data_offsets give ${end - begin}.`, {
      tensor: name,
    });
  }
  return { name, dtype, shape, begin: dataBegin + begin, end: dataBegin + end };
}

/** Sorts the entries by place; the data must be covered from its first byte to its last, once. */
function checkCoverage(entries: SafetensorsEntry[], dataBegin: number, fileBytes: number, fail: Fail): void {
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let covered = dataBegin;
  let before = '';
  for (const entry of entries) {
    if (entry.begin < covered) fail(`tensors "${printable(before)}" and "${printable(entry.name)}" overlap.`);
    if (entry.begin > covered) fail(`${entry.begin - covered} bytes before tensor "${printable(entry.name)}" belong to no tensor.`);
    covered = entry.end;
    before = entry.name;
  }
  if (covered !== fileBytes) fail(`${fileBytes - covered} bytes at its end belong to no tensor.`);
}
