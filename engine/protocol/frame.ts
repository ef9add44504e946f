// The binary frame: a 32-byte little-endian header and a payload of cells, row-major, planes outermost.
//
//   0  u32  magic 'HSFR'            12  u32  key: the client's tile key, or the sequence number of a row block
//   4  u8   version                 16  u32  rows
//   5  u8   dtype                   20  u32  columns
//   6  u16  planes                  24  4 x i16  scale: low and high of plane 0, low and high of plane 1, in 1/256 octaves
//   8  u32  request id
//
// Only u8 planes have a scale: code 0 is a cell without mass, code c > 0 stands for 2 ** (low + (c - 1) / 254 * (high - low)).
import { HeadscopeError } from './errors.ts';
import { MAX_FRAME_BYTES } from './limits.ts';

export const FRAME_HEADER_BYTES = 32;
const MAGIC = 0x52465348; // 'HSFR' read as a little-endian u32
const VERSION = 1;

export const FRAME_DTYPES = ['u8', 'f32', 'f64', 'i32'] as const;
export type FrameDType = (typeof FRAME_DTYPES)[number];
const ITEM_BYTES: Record<FrameDType, number> = { u8: 1, f32: 4, f64: 8, i32: 4 };

/** Octaves: log2 of the value that code 1 and code 255 stand for. */
export interface PlaneScale {
  low: number;
  high: number;
}

export interface FrameHeader {
  requestId: number;
  key: number;
  dtype: FrameDType;
  planes: number;
  rows: number;
  columns: number;
  /** One entry a plane where dtype is u8, otherwise empty. */
  scale: PlaneScale[];
}

export interface Frame extends FrameHeader {
  /** planes * rows * columns items. */
  payload: Uint8Array;
}

function refuse(what: string, data: Record<string, unknown> = {}): never {
  throw new HeadscopeError('INVALID_REQUEST', `A binary frame ${what}.`, data);
}

function checkedBytes(header: FrameHeader): number {
  for (const [name, value, most] of [
    ['request id', header.requestId, 0xffffffff],
    ['key', header.key, 0xffffffff],
    ['plane count', header.planes, 0xffff],
    ['row count', header.rows, 0xffffffff],
    ['column count', header.columns, 0xffffffff],
  ] as const) {
    if (!Number.isInteger(value) || value < 0 || value > most) refuse(`has a ${name} of ${value}`);
  }
  const bytes = header.planes * header.rows * header.columns * ITEM_BYTES[header.dtype];
  if (bytes === 0) refuse('is empty');
  if (bytes > MAX_FRAME_BYTES) refuse(`has a payload of ${bytes} bytes; at most ${MAX_FRAME_BYTES} fit`, { bytes });
  if (header.dtype === 'u8' ? header.planes > 2 || header.scale.length !== header.planes : header.scale.length !== 0) {
    refuse('of u8 needs one or two planes with a scale each, other types none');
  }
  return bytes;
}

/** Octaves as the header's 1/256 steps; quantise with the value this returns, so that both ends agree. */
export function roundOctaves(octaves: number): number {
  return Math.min(32767, Math.max(-32768, Math.round(octaves * 256))) / 256;
}

/** Header and payload in one array. Throws INVALID_REQUEST where they contradict each other. */
export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = checkedBytes(frame);
  if (frame.payload.byteLength !== bytes) refuse(`carries ${frame.payload.byteLength} bytes where its shape needs ${bytes}`);
  const out = new Uint8Array(FRAME_HEADER_BYTES + bytes);
  const view = new DataView(out.buffer);
  view.setUint32(0, MAGIC, true);
  view.setUint8(4, VERSION);
  view.setUint8(5, FRAME_DTYPES.indexOf(frame.dtype));
  view.setUint16(6, frame.planes, true);
  view.setUint32(8, frame.requestId, true);
  view.setUint32(12, frame.key, true);
  view.setUint32(16, frame.rows, true);
  view.setUint32(20, frame.columns, true);
  frame.scale.forEach((plane, index) => {
    view.setInt16(24 + 4 * index, roundOctaves(plane.low) * 256, true);
    view.setInt16(26 + 4 * index, roundOctaves(plane.high) * 256, true);
  });
  out.set(frame.payload, FRAME_HEADER_BYTES);
  return out;
}

/** The payload shares the message's memory. Throws INVALID_REQUEST for anything that encodeFrame would not have made. */
export function decodeFrame(message: Uint8Array): Frame {
  if (message.byteLength < FRAME_HEADER_BYTES) refuse(`of ${message.byteLength} bytes is shorter than its header`);
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (view.getUint32(0, true) !== MAGIC) refuse('does not begin with HSFR');
  if (view.getUint8(4) !== VERSION) {
    throw new HeadscopeError('PROTOCOL_MISMATCH', `A binary frame has version ${view.getUint8(4)}; this side speaks ${VERSION}.`);
  }
  const dtype = FRAME_DTYPES[view.getUint8(5)];
  if (dtype === undefined) refuse(`has the unknown cell type ${view.getUint8(5)}`);
  const planes = view.getUint16(6, true);
  const scale: PlaneScale[] = [];
  for (let plane = 0; dtype === 'u8' && plane < Math.min(planes, 2); plane += 1) {
    scale.push({ low: view.getInt16(24 + 4 * plane, true) / 256, high: view.getInt16(26 + 4 * plane, true) / 256 });
  }
  const header: FrameHeader = {
    requestId: view.getUint32(8, true),
    key: view.getUint32(12, true),
    dtype,
    planes,
    rows: view.getUint32(16, true),
    columns: view.getUint32(20, true),
    scale,
  };
  const bytes = checkedBytes(header);
  if (message.byteLength !== FRAME_HEADER_BYTES + bytes) {
    refuse(`has ${message.byteLength - FRAME_HEADER_BYTES} payload bytes where its shape needs ${bytes}`);
  }
  return { ...header, payload: message.subarray(FRAME_HEADER_BYTES) };
}

/** The payload as float32 cells, copied where its offset does not fall on four bytes. Throws INVALID_REQUEST for other types. */
export function frameFloats(frame: Frame): Float32Array {
  if (frame.dtype !== 'f32') refuse(`of ${frame.dtype} was read as f32`);
  const { payload } = frame;
  const aligned = payload.byteOffset % 4 === 0 ? payload : payload.slice();
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/** As frameFloats, for float64 cells. */
export function frameDoubles(frame: Frame): Float64Array {
  if (frame.dtype !== 'f64') refuse(`of ${frame.dtype} was read as f64`);
  const { payload } = frame;
  const aligned = payload.byteOffset % 8 === 0 ? payload : payload.slice();
  return new Float64Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 8);
}

/** As frameFloats, for int32 cells. */
export function frameIntegers(frame: Frame): Int32Array {
  if (frame.dtype !== 'i32') refuse(`of ${frame.dtype} was read as i32`);
  const { payload } = frame;
  const aligned = payload.byteOffset % 4 === 0 ? payload : payload.slice();
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}
