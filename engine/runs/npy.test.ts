import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectedError, thrownError } from '../checkpoint/thrown_error.ts';
import { rewriteFile, seededRandom, temporaryFolder } from '../checkpoint/tiny_checkpoint.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { narrowToHalves } from './half.ts';
import { NpyWriter, npyHeaderBytes, readNpyFloats, readNpyHeader, readNpyIntegers, writeNpy } from './npy.ts';

const folder = temporaryFolder();
const path = join(folder, 'x.npy');

/** A file with this header dict and so many bytes of data, laid out as NumPy's format description says. */
function npy(dict: string, data: number, { version = [1, 0], length }: { version?: number[]; length?: number } = {}): Uint8Array {
  const text = `${dict}\n`;
  const size = length ?? text.length;
  return Uint8Array.from([
    0x93,
    ...Buffer.from('NUMPY'),
    ...version,
    size & 255,
    size >> 8,
    ...Buffer.from(text, 'latin1'),
    ...new Uint8Array(data),
  ]);
}
const dict = (descr: string, shape: string, order = 'False') => `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`;

describe('.npy', () => {
  it('is written byte for byte as NumPy writes it', async () => {
    await writeNpy(path, 'f4', [2, 3], Float32Array.of(0, 1, 2, 3, 4, 5));
    // numpy.save of numpy.arange(6, dtype="<f4").reshape(2, 3), NumPy 2.x
    const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.padEnd(117, ' ');
    const expected = [
      0x93,
      ...Buffer.from('NUMPY'),
      1,
      0,
      118,
      0,
      ...Buffer.from(`${header}\n`),
      ...new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer),
    ];
    expect([...readFileSync(path)]).toEqual(expected);
    const read = readNpyHeader(path);
    expect(read).toMatchObject({ type: 'f4', shape: [2, 3], count: 6 });
    expect(read.begin % 64).toBe(0);
    expect([...readNpyFloats(read)]).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('comes back in every type and shape', async () => {
    const back = async (...args: [Parameters<typeof writeNpy>[1], number[], Parameters<typeof writeNpy>[3]]) => {
      await writeNpy(path, ...args);
      const header = readNpyHeader(path);
      expect([header.type, header.shape]).toEqual([args[0], args[1]]);
      return args[0].startsWith('i') ? [...readNpyIntegers(header)] : [...readNpyFloats(header)];
    };
    expect(await back('f2', [3], narrowToHalves(Float32Array.of(1, -2, 0.5)))).toEqual([1, -2, 0.5]);
    expect(await back('f8', [1, 1, 2], Float64Array.of(1.5, 0.1))).toEqual([1.5, Math.fround(0.1)]);
    expect(await back('i4', [2], Int32Array.of(-7, 2 ** 31 - 1))).toEqual([-7, 2 ** 31 - 1]);
    expect(await back('i8', [2], BigInt64Array.of(-7n, 2n ** 31n - 1n))).toEqual([-7, 2 ** 31 - 1]);
    expect(await back('f4', [], Float32Array.of(3))).toEqual([3]);
    expect(await back('f4', [4, 0], new Float32Array(0))).toEqual([]);
    await writeNpy(path, 'i8', [1], BigInt64Array.of(2n ** 40n));
    expect(thrownError(() => readNpyIntegers(readNpyHeader(path))).message).toContain('32 bits');
    expect(thrownError(() => readNpyFloats(readNpyHeader(path))).message).toContain('integers');
  });

  it('reads headers of other writers', () => {
    const shapeOf = (text: string, data: number) => {
      writeFileSync(path, npy(text, data));
      return readNpyHeader(path).shape;
    };
    expect(shapeOf(`{"shape": (2L, 3L), "fortran_order": False, "descr": "<f4"}`, 24)).toEqual([2, 3]);
    expect(shapeOf(dict('<f4', '(2,3)').replaceAll(', ', ' , '), 24)).toEqual([2, 3]);
    expect(shapeOf(dict('<f4', '(6,)', 'True'), 24)).toEqual([6]);
  });

  it.each([
    ['text', new TextEncoder().encode('hello world, no array'), 'not a .npy'],
    ['an empty file', new Uint8Array(0), 'cut off'],
    ['format 2.0', npy(dict('<f4', '(1,)'), 4, { version: [2, 0] }), 'format 2.0'],
    ['a header beyond the file', npy(dict('<f4', '(1,)'), 4, { length: 60000 }), 'inside its header'],
    ['too few elements', npy(dict('<f4', '(2,)'), 4), 'needs'],
    ['too many elements', npy(dict('<f4', '(1,)'), 8), 'needs'],
    ['a negative shape', npy(dict('<f4', '(-1,)'), 4), 'not understood'],
    ['a huge shape', npy(dict('<f4', '(99999999999, 99999999999)'), 4), 'too large'],
    ['a huge number', npy(dict('<f4', '(99999999999999999999,)'), 4), 'too large'],
    ['big-endian', npy(dict('>f4', '(1,)'), 4), 'big-endian'],
    ['objects', npy(dict('|O', '(1,)'), 8), 'type |O'],
    ['unsigned', npy(dict('<u4', '(1,)'), 4), 'type <u4'],
    ['Fortran order', npy(dict('<f4', '(2, 3)', 'True'), 24), 'ascontiguousarray'],
    ['no shape', npy(`{'descr': '<f4', 'fortran_order': False}`, 4), 'lacks'],
    ['a shape twice', npy(`{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'shape': (1,)}`, 4), 'not understood'],
    ['a record type', npy(`{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}`, 4), 'not understood'],
    ['code', npy(`{'descr': '<f4', 'fortran_order': exit(), 'shape': (1,)}`, 4), 'not understood'],
    ['a list', npy('[1]', 4), 'not a dict'],
    ['bad UTF-8', npy(dict('<f\xff', '(1,)'), 4), 'UTF-8'],
  ])('is refused: %s', (_name, bytes, message) => {
    writeFileSync(path, bytes);
    const error = thrownError(() => readNpyHeader(path, 'CAPTURE_INVALID'));
    expect(error.code).toBe('CAPTURE_INVALID');
    expect(error.message).toContain(message);
  });

  it('survives 2,000 mutations', () => {
    const random = seededRandom(3);
    const seed = Uint8Array.from([...npyHeaderBytes('f4', [2, 3]), ...new Uint8Array(24)]);
    let read = 0;
    for (let round = 0; round < 2000; round++) {
      let bytes = seed.slice();
      bytes[Math.floor(random() * 128)] = 0x20 + Math.floor(random() * 95);
      if (random() < 0.2) bytes = bytes.slice(0, Math.floor(random() * bytes.length));
      rewriteFile(path, bytes);
      try {
        const header = readNpyHeader(path);
        if (header.type.startsWith('i')) readNpyIntegers(header);
        else readNpyFloats(header);
        read++;
      } catch (error) {
        if (!(error instanceof HeadscopeError)) throw error;
        expect(error.code).toBe('INVALID_REQUEST');
      }
    }
    expect(read).toBeGreaterThan(5);
    expect(read).toBeLessThan(1500);
  });
});

describe('NpyWriter', () => {
  it('leaves nothing when it is discarded, short or over-full, and an older file stays', async () => {
    const target = join(temporaryFolder(), 'y.npy');
    writeFileSync(target, 'older');
    const discarded = await NpyWriter.create(target, 'f4', [4]);
    await discarded.write(Float32Array.of(1, 2));
    await discarded.discard();
    const short = await NpyWriter.create(target, 'f4', [4]);
    await short.write(Float32Array.of(1, 2));
    expect((await rejectedError(() => short.commit())).message).toContain('2 of its 4');
    const full = await NpyWriter.create(target, 'f4', [1]);
    expect((await rejectedError(() => full.write(Float32Array.of(1, 2)))).message).toContain('more than its 1');
    expect((await rejectedError(() => full.write(Float64Array.of(1)))).message).toContain('Float32Array');
    await full.discard();
    expect(readdirSync(join(target, '..'))).toEqual(['y.npy']);
    expect(readFileSync(target, 'utf8')).toBe('older');
  });

  it('writes views into larger buffers, piece by piece', async () => {
    const all = Float32Array.from({ length: 100 }, (_, i) => i);
    const writer = await NpyWriter.create(path, 'f4', [10, 10]);
    for (let row = 0; row < 10; row++) await writer.write(all.subarray(row * 10, row * 10 + 10));
    await writer.commit();
    expect(readNpyFloats(readNpyHeader(path))).toEqual(all);
  });
});
