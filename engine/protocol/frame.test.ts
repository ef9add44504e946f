import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, FRAME_HEADER_BYTES, type Frame, frameDoubles, frameFloats, roundOctaves } from './frame.ts';
import { MAX_FRAME_BYTES } from './limits.ts';

const tile: Frame = {
  requestId: 0xfedcba98,
  key: 7,
  dtype: 'u8',
  planes: 2,
  rows: 3,
  columns: 5,
  scale: [
    { low: roundOctaves(-23.7), high: roundOctaves(0.3) },
    { low: -12, high: 11.5 },
  ],
  payload: Uint8Array.from({ length: 30 }, (_, place) => 255 - place),
};

describe('a binary frame', () => {
  it('comes back as it was sent', () => {
    const bytes = encodeFrame(tile);
    expect(bytes.byteLength).toBe(FRAME_HEADER_BYTES + 30);
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe('HSFR');
    expect(decodeFrame(bytes)).toEqual(tile);
  });

  it('is read from the middle of a larger buffer, at any offset', () => {
    const cells = Float32Array.from([1.5, -2, Number.NaN]);
    const frame: Frame = { ...tile, dtype: 'f32', planes: 1, rows: 1, columns: 3, scale: [], payload: new Uint8Array(cells.buffer) };
    const bytes = encodeFrame(frame);
    for (const offset of [0, 1, 3, 4]) {
      const buffer = new Uint8Array(bytes.byteLength + 8);
      buffer.set(bytes, offset);
      expect([...frameFloats(decodeFrame(buffer.subarray(offset, offset + bytes.byteLength)))]).toEqual([...cells]);
    }
    const doubles = Float64Array.from([Math.PI, -0]);
    const wide = encodeFrame({ ...frame, dtype: 'f64', columns: 2, payload: new Uint8Array(doubles.buffer) });
    const shifted = new Uint8Array(wide.byteLength + 1);
    shifted.set(wide, 1);
    expect([...frameDoubles(decodeFrame(shifted.subarray(1)))]).toEqual([Math.PI, -0]);
  });

  it('is refused when its header and its payload disagree', () => {
    const bytes = encodeFrame(tile);
    const broken: [string, (copy: Uint8Array) => Uint8Array][] = [
      ['short header', (copy) => copy.subarray(0, 31)],
      ['no payload', (copy) => copy.subarray(0, 32)],
      ['payload cut', (copy) => copy.subarray(0, copy.byteLength - 1)],
      ['magic', (copy) => copy.fill(0, 0, 1)],
      ['cell type', (copy) => copy.fill(9, 5, 6)],
      ['planes', (copy) => copy.fill(3, 6, 7)],
      ['rows', (copy) => copy.fill(255, 16, 20)],
      ['nothing', (copy) => copy.fill(0, 16, 20)],
    ];
    for (const [name, change] of broken) {
      expect(() => decodeFrame(change(bytes.slice())), name).toThrowError(expect.objectContaining({ code: 'INVALID_REQUEST' }));
    }
    expect(() => decodeFrame(bytes.slice().fill(2, 4, 5))).toThrowError(expect.objectContaining({ code: 'PROTOCOL_MISMATCH' }));
  });

  it('is never made larger than the limit, nor with a payload of another size', () => {
    const columns = MAX_FRAME_BYTES + 1;
    const large: Frame = {
      ...tile,
      dtype: 'u8',
      planes: 1,
      rows: 1,
      columns,
      scale: [{ low: -1, high: 0 }],
      payload: new Uint8Array(columns),
    };
    expect(() => encodeFrame(large)).toThrowError(/at most/);
    expect(() => encodeFrame({ ...tile, payload: new Uint8Array(29) })).toThrowError(/29 bytes/);
    expect(() => encodeFrame({ ...tile, scale: [] })).toThrowError(/scale/);
    expect(() => encodeFrame({ ...tile, key: -1 })).toThrowError(/key/);
  });

  it('survives any bytes', () => {
    let state = 12345;
    const random = () => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0;
      return state >>> 16;
    };
    for (let round = 0; round < 2000; round += 1) {
      const bytes = encodeFrame(tile);
      for (let flips = 0; flips <= random() % 4; flips += 1) bytes[random() % bytes.byteLength] = random() & 255;
      try {
        decodeFrame(bytes);
      } catch (error) {
        expect(error).toMatchObject({ name: 'HeadscopeError' });
      }
    }
  });
});
