import { describe, expect, it } from 'vitest';
import { MAX_FRAME_BYTES } from '../protocol/limits.ts';
import { quantisePlane, rowsAFrame } from './frames.ts';

describe('a tile plane', () => {
  it('keeps every cell within a step of the scale, zero apart', () => {
    const cells = Float32Array.from({ length: 4096 }, (_, place) => (place % 7 === 0 ? 0 : 2 ** (-22 * Math.abs(Math.sin(place))) * 0.83));
    const codes = new Uint8Array(cells.length);
    const { low, high } = quantisePlane(cells, codes);
    const step = (high - low) / 254;
    cells.forEach((cell, place) => {
      const code = codes[place] ?? 0;
      expect(code > 0).toBe(cell > 0);
      if (cell > 0) expect(Math.abs(low + (code - 1) * step - Math.log2(cell))).toBeLessThanOrEqual(step / 2 + 1e-6);
    });
    expect(Math.max(...codes)).toBeGreaterThanOrEqual(254);
  });

  it('says something sensible of nothing, and of values beyond its range', () => {
    const codes = new Uint8Array(3);
    quantisePlane(new Float32Array(3), codes);
    expect([...codes]).toEqual([0, 0, 0]);
    quantisePlane(Float32Array.from([1, 1e-30, Number.NaN]), codes);
    expect([...codes]).toEqual([codes[0], 1, 0]);
    expect(codes[0]).toBeGreaterThanOrEqual(254);
  });

  it('is sent in as many rows as a frame holds', () => {
    expect(rowsAFrame(1)).toBe(MAX_FRAME_BYTES / 4);
    expect(rowsAFrame(1000)).toBe(262);
    expect(rowsAFrame(MAX_FRAME_BYTES / 4)).toBe(1);
    expect(() => rowsAFrame(MAX_FRAME_BYTES / 4 + 1)).toThrowError(expect.objectContaining({ code: 'LIMIT_EXCEEDED' }));
  });
});
