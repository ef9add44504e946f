import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { thrownError } from '../checkpoint/thrown_error.ts';
import { type FixtureTensor, rewriteFile, safetensorsBytes, seededRandom, temporaryFolder } from '../checkpoint/tiny_checkpoint.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { openCapture } from './capture.ts';
import { narrowToHalves } from './half.ts';
import { type NpyType, writeNpy } from './npy.ts';

const H = 4;
const KV = 2;
const N = 6;
const D = 8;
const ramp = (count: number, first = 0) => Float32Array.from({ length: count }, (_, i) => (first + i) / 64);

async function writeLayer(
  folder: string,
  name: string,
  roles: Record<string, { shape: number[]; type?: NpyType; values?: Float32Array }>,
): Promise<void> {
  for (const [role, { shape, type = 'f4', values }] of Object.entries(roles)) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const data = values ?? ramp(count);
    const stored =
      type === 'f2' ? narrowToHalves(data) : type === 'f8' ? Float64Array.from(data) : type === 'i4' ? Int32Array.from(data) : data;
    await writeNpy(join(folder, `${name}.${role}.npy`), type, shape, stored);
  }
}
const good = { q: { shape: [H, N, D] }, k: { shape: [KV, N, D] }, v: { shape: [KV, N, D] } };
const f32 = (shape: number[], values: Float32Array): FixtureTensor => ({ dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) });

describe('openCapture', () => {
  it('reads .npy layers, float32 and float16, with and without v, of any subset of layers', async () => {
    const folder = temporaryFolder();
    await writeLayer(folder, 'layer-03', good);
    await writeLayer(folder, 'layer-12', { q: { shape: [1, H, N, D], type: 'f2' }, k: { shape: [1, KV, N, D], type: 'f2' } });
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    const capture = openCapture(folder);
    expect(capture).toMatchObject({
      layers: [3, 12],
      layersWithValues: [3],
      heads: H,
      kvHeads: KV,
      headDim: D,
      rows: N,
      scale: 1 / Math.sqrt(D),
    });
    expect(capture.notes.join()).toContain('1 of 2 layers have no v');
    const layer = capture.readLayer(3);
    expect(layer.q).toEqual(ramp(H * N * D));
    expect(layer.v).toEqual(ramp(KV * N * D));
    expect(capture.readLayer(12).k).toEqual(ramp(KV * N * D));
    expect(capture.readLayer(12).v).toBeNull();
    expect(thrownError(() => capture.readLayer(4)).code).toBe('INVALID_REQUEST');
  });

  it('reads safetensors, one a layer or one for all, bfloat16 too', () => {
    const tensors = (prefix: string) => ({
      [`${prefix}q`]: f32([H, N, D], ramp(H * N * D, 5)),
      [`${prefix}k`]: f32([KV, N, D], ramp(KV * N * D)),
      [`${prefix}v`]: {
        dtype: 'BF16',
        shape: [KV, N, D],
        bytes: new Uint8Array(Uint16Array.from({ length: KV * N * D }, () => 0x3f80).buffer),
      },
    });
    const each = temporaryFolder();
    writeFileSync(join(each, 'layer-00.safetensors'), safetensorsBytes(tensors('')));
    const apart = temporaryFolder();
    for (const [role, tensor] of Object.entries(tensors('')))
      writeFileSync(join(apart, `layer-05.${role}.safetensors`), safetensorsBytes({ [role === 'k' ? 'layer-05.k' : role]: tensor }));
    expect([openCapture(apart).layers, openCapture(apart).readLayer(5)]).toEqual([[5], openCapture(each).readLayer(0)]);
    writeFileSync(join(apart, 'layer-05.k.safetensors'), safetensorsBytes({ keys: f32([KV, N, D], ramp(KV * N * D)) }));
    expect(thrownError(() => openCapture(apart)).message).toContain('layer-05.k.safetensors has no tensor k');
    const all = temporaryFolder();
    writeFileSync(
      join(all, 'capture.safetensors'),
      safetensorsBytes({ ...tensors('layer-00.'), ...tensors('layer-1.'), other: { dtype: 'I64', shape: [1], bytes: new Uint8Array(8) } }),
    );
    writeFileSync(join(all, 'capture.json'), '{"scale": 0.125, "comment": "mine"}');
    expect(openCapture(each).readLayer(0)).toEqual(openCapture(all).readLayer(1));
    expect(openCapture(all)).toMatchObject({ layers: [0, 1], scale: 0.125 });
    expect(openCapture(all).readLayer(1).q).toEqual(ramp(H * N * D, 5));
    expect(
      openCapture(all)
        .readLayer(1)
        .v?.every((value) => value === 1),
    ).toBe(true);
  });

  it.each([
    ['no files', {}, 'holds no layer'],
    ['no k', { 'layer-00': { q: good.q, v: good.v } }, 'layer 0 has no k'],
    ['no q', { 'layer-00': { k: good.k } }, 'layer 0 has no q'],
    ['rows that differ', { 'layer-00': { ...good, k: { shape: [KV, N + 1, D] } } }, 'must agree'],
    ['head dims that differ', { 'layer-00': { ...good, k: { shape: [KV, N, 16] } } }, 'must agree'],
    ['heads that do not divide', { 'layer-00': { ...good, k: { shape: [3, N, D] }, v: { shape: [3, N, D] } } }, 'not a multiple'],
    ['another v', { 'layer-00': { ...good, v: { shape: [H, N, D] } } }, 'v is [4, 6, 8]'],
    ['two axes', { 'layer-00': { ...good, q: { shape: [N, D] } } }, '[H, N, d] is expected'],
    ['a batch of 2', { 'layer-00': { ...good, q: { shape: [2, H, N, D] } } }, '[H, N, d] is expected'],
    ['no rows', { 'layer-00': { q: { shape: [H, 0, D] }, k: { shape: [KV, 0, D] } } }, '[H, N, d] is expected'],
    ['a head of 12', { 'layer-00': { q: { shape: [H, N, 12] }, k: { shape: [KV, N, 12] } } }, 'multiples of 8'],
    ['doubles', { 'layer-00': { ...good, q: { shape: [H, N, D], type: 'f8' as const } } }, 'type f8'],
    ['integers', { 'layer-00': { ...good, q: { shape: [H, N, D], type: 'i4' as const } } }, 'type i4'],
    [
      'layers of two lengths',
      { 'layer-00': good, 'layer-01': { q: { shape: [H, 9, D] }, k: { shape: [KV, 9, D] } } },
      'layer 1 has rows 9, layer 0 has 6',
    ],
    ['a layer twice', { 'layer-00': good, 'layer-0': good }, 'is there twice'],
    ['a layer beyond reason', { 'layer-99999': good }, 'go up to'],
  ])('refuses %s', async (_name, layers, message) => {
    const folder = temporaryFolder();
    for (const [name, roles] of Object.entries(layers)) await writeLayer(folder, name, roles);
    const error = thrownError(() => openCapture(folder));
    expect(error.code).toBe('CAPTURE_INVALID');
    expect(error.message).toContain(message);
  });

  it('refuses numbers that are none, when they are read, and a bad scale', async () => {
    const folder = temporaryFolder();
    const values = ramp(H * N * D);
    values[17] = Number.NaN;
    await writeLayer(folder, 'layer-00', { ...good, q: { shape: [H, N, D], values } });
    expect(thrownError(() => openCapture(folder).readLayer(0))).toMatchObject({
      code: 'CAPTURE_INVALID',
      message: expect.stringContaining('element 17'),
    });
    for (const value of [Number.NEGATIVE_INFINITY, 3e38]) {
      values[17] = value;
      await writeLayer(folder, 'layer-00', { q: { shape: [H, N, D], values } });
      expect(thrownError(() => openCapture(folder).readLayer(0)).message).toContain('element 17');
    }
    for (const text of ['{"scale": 0}', '{"scale": -1}', '{"scale": "1"}', '{"scale": 1e-60}', '[]', '{', '{"scale": NaN}']) {
      writeFileSync(join(folder, 'capture.json'), text);
      expect(thrownError(() => openCapture(folder)).code).toBe('CAPTURE_INVALID');
    }
    expect(thrownError(() => openCapture(join(folder, 'absent'))).code).toBe('FILE_NOT_FOUND');
  });

  it('survives 2,000 mutations of a capture.safetensors', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'capture.safetensors');
    writeFileSync(
      path,
      safetensorsBytes({ 'layer-00.q': f32([H, N, D], ramp(H * N * D)), 'layer-00.k': f32([KV, N, D], ramp(KV * N * D)) }),
    );
    const seed = readFileSync(path);
    const header = 8 + Number(seed.readBigUInt64LE(0));
    const random = seededRandom(31);
    let read = 0;
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from(seed);
      for (let edit = 0; edit <= random() * 2; edit++) bytes[8 + Math.floor(random() * (header - 8))] = 0x20 + Math.floor(random() * 95);
      rewriteFile(path, bytes);
      try {
        const capture = openCapture(folder);
        expect(capture.readLayer(capture.layers[0] ?? -1).q.length).toBe(capture.heads * capture.rows * capture.headDim);
        read++;
      } catch (error) {
        if (!(error instanceof HeadscopeError)) throw error;
        expect(error.code).toBe('CAPTURE_INVALID');
      }
    }
    expect(read).toBeGreaterThan(5);
    expect(read).toBeLessThan(1000);
  });
});
