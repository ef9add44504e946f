import { execFileSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HeadscopeError } from '../protocol/errors.ts';
import { readSafetensorsHeader } from './safetensors.ts';
import { thrownError } from './thrown_error.ts';
import { rewriteFile, safetensorsBytes, seededRandom, temporaryFolder } from './tiny_checkpoint.ts';

const folder = temporaryFolder();
let files = 0;
function write(bytes: Uint8Array): string {
  const path = join(folder, `${files++}.safetensors`);
  writeFileSync(path, bytes);
  return path;
}
const zeros = (count: number) => new Uint8Array(count);
const withHeader = (header: string, data = 16) =>
  write(safetensorsBytes({ x: { dtype: 'U8', shape: [data], bytes: zeros(data) } }, { header }));

describe('a valid safetensors header', () => {
  it('gives absolute places, in the order of the data', () => {
    const tensors = {
      b: { dtype: 'F32', shape: [2, 1], bytes: zeros(8) },
      ä: { dtype: 'BF16', shape: [], bytes: zeros(2) },
      none: { dtype: 'I64', shape: [0, 3], bytes: zeros(0) },
    };
    const path = write(safetensorsBytes(tensors, { metadata: { format: 'pt' }, padding: 3 }));
    const header = readSafetensorsHeader(path);
    const begin = 8 + header.headerBytes;
    expect(header.metadata).toEqual({ format: 'pt' });
    expect([...header.tensors.values()]).toEqual([
      { name: 'b', dtype: 'F32', shape: [2, 1], begin, end: begin + 8 },
      { name: 'ä', dtype: 'BF16', shape: [], begin: begin + 8, end: begin + 10 },
      { name: 'none', dtype: 'I64', shape: [0, 3], begin: begin + 10, end: begin + 10 },
    ]);
    expect(header.fileBytes).toBe(begin + 10);
  });

  it('may list tensors in another order than their data, be of odd length, and hold no tensors at all', () => {
    const path = withHeader(
      '{"y":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"x":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}  ',
    );
    expect([...readSafetensorsHeader(path).tensors.keys()]).toEqual(['x', 'y']);
    expect(readSafetensorsHeader(withHeader('{}', 0)).tensors.size).toBe(0);
  });
});

describe('a safetensors file that contradicts itself', () => {
  const one = (body: string) => `{"x":${body}}`;
  it.each([
    [
      'duplicate tensors',
      '{"x":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"x":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}}',
      'twice',
    ],
    ['overlap', '{"x":{"dtype":"U8","shape":[9],"data_offsets":[0,9]},"y":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}}', 'overlap'],
    [
      'the same place twice',
      '{"x":{"dtype":"U8","shape":[16],"data_offsets":[0,16]},"y":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}}',
      'overlap',
    ],
    [
      'a hole',
      '{"x":{"dtype":"U8","shape":[7],"data_offsets":[0,7]},"y":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}}',
      'belong to no tensor',
    ],
    ['a hole at the front', one('{"dtype":"U8","shape":[15],"data_offsets":[1,16]}'), 'belong to no tensor'],
    ['bytes left over', one('{"dtype":"U8","shape":[15],"data_offsets":[0,15]}'), 'at its end'],
    ['an end beyond the file', one('{"dtype":"U8","shape":[17],"data_offsets":[0,17]}'), 'truncated'],
    ['an end before the beginning', one('{"dtype":"U8","shape":[16],"data_offsets":[16,0]}'), 'before it begins'],
    ['size and shape', one('{"dtype":"F32","shape":[3],"data_offsets":[0,16]}'), 'needs 12 bytes'],
    ['a shape that overflows', one('{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,16]}'), 'overflows'],
    ['a shape that overflows to nothing', one('{"dtype":"F32","shape":[4294967296,4294967296,0],"data_offsets":[0,0]}'), 'overflows'],
    ['a negative extent', one('{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}'), 'counts'],
    ['a fractional extent', one('{"dtype":"F32","shape":[1.5],"data_offsets":[0,16]}'), 'counts'],
    ['an unknown dtype', one('{"dtype":"toString","shape":[4],"data_offsets":[0,16]}'), 'dtype'],
    ['half a byte', one('{"dtype":"F4","shape":[31],"data_offsets":[0,16]}'), 'needs'],
    ['offsets of three', one('{"dtype":"F32","shape":[4],"data_offsets":[0,16,16]}'), 'data_offsets'],
    ['offsets as strings', one('{"dtype":"F32","shape":[4],"data_offsets":["0","16"]}'), 'data_offsets'],
    ['a tensor that is a list', '{"x":[]}', 'object'],
    ['metadata of numbers', '{"__metadata__":{"a":1},"x":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}}', '__metadata__'],
    ['a list', '[1]', '"{"'],
    ['a space first', ' {"x":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}}', '"{"'],
    ['text after the object', '{"x":{"dtype":"U8","shape":[16],"data_offsets":[0,16]}}x', 'JSON'],
  ])('is refused: %s', (_name, header, message) => {
    const error = thrownError(() => readSafetensorsHeader(withHeader(header)));
    expect(error.code).toBe('CHECKPOINT_INVALID');
    expect(error.message).toContain(message);
  });

  it('is refused where the lengths are wrong, without reading beyond the file', () => {
    const length = (declared: bigint, total: number) => {
      const bytes = zeros(total);
      new DataView(bytes.buffer).setBigUint64(0, declared, true);
      return thrownError(() => readSafetensorsHeader(write(bytes))).message;
    };
    expect(length(0xffffffffffffffffn, 100)).toContain('not a safetensors file');
    expect(length(100_000_001n, 100)).toContain('not a safetensors file');
    expect(length(93n, 100)).toContain('truncated');
    expect(length(0n, 9)).toContain('too few');
    expect(thrownError(() => readSafetensorsHeader(write(zeros(0)))).message).toContain('too few');
    expect(length(2n, 10)).toContain('"{"');
    expect(thrownError(() => readSafetensorsHeader(join(folder, 'absent'))).code).toBe('FILE_NOT_FOUND');
  });

  it('is refused where it is no regular file; a FIFO does not hang', () => {
    mkdirSync(join(folder, 'directory'));
    expect(thrownError(() => readSafetensorsHeader(join(folder, 'directory'))).code).toBe('FILE_UNREADABLE');
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    expect(thrownError(() => readSafetensorsHeader(join(folder, 'fifo'))).code).toBe('FILE_UNREADABLE');
  });

  it('reads a header of megabytes, and not the data of a sparse file of 8 GiB', () => {
    const path = write(
      safetensorsBytes({}, { header: '{"x":{"dtype":"U8","shape":[8589934592],"data_offsets":[0,8589934592]}}', padding: 5_000_000 }),
    );
    truncateSync(path, 8 + 71 + 5_000_000 + 8589934592);
    const before = process.memoryUsage().rss;
    expect(readSafetensorsHeader(path).tensors.get('x')?.shape).toEqual([8589934592]);
    expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
  });
});

describe('2,000 mutated headers', () => {
  it('end in a valid table or in a coded error', () => {
    const random = seededRandom(20240702);
    const pick = (n: number) => Math.floor(random() * n);
    const tensors = Object.fromEntries(
      Array.from({ length: 6 }, (_, i) => [
        `layers.${i}.weight`,
        { dtype: ['F32', 'F16', 'BF16'][i % 3] ?? 'F32', shape: [i + 1, 4], bytes: zeros((i + 1) * 4 * (i % 3 === 0 ? 4 : 2)) },
      ]),
    );
    const seed = safetensorsBytes(tensors, { metadata: { format: 'pt' } });
    const headerEnd = 8 + Number(new DataView(seed.buffer).getBigUint64(0, true));
    const fragments = [
      '-1',
      '1e300',
      '9007199254740993',
      '"',
      '\\u0000',
      '{',
      '}',
      '[',
      ']',
      ',',
      'null',
      'NaN',
      '"__metadata__":',
      '"F64"',
      '0',
    ].map((text) => new TextEncoder().encode(text));
    let accepted = 0;
    let refused = 0;
    for (let round = 0; round < 2000; round++) {
      let bytes = new Uint8Array(seed);
      for (let edit = 0; edit <= pick(3); edit++) {
        const at = random() < 0.1 ? pick(8) : 8 + pick(headerEnd - 8);
        const kind = pick(5);
        if (kind === 0) bytes[at] = pick(256);
        else if (kind === 1) bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8));
        else if (kind === 2) bytes.copyWithin(at, 8 + pick(headerEnd - 8), 8 + pick(headerEnd - 8));
        else if (kind === 3) bytes.set((fragments[pick(fragments.length)] ?? zeros(0)).subarray(0, bytes.length - at), at);
        else bytes = bytes.slice(0, pick(bytes.length));
        if (bytes.length < headerEnd) break;
      }
      const path = join(folder, 'mutant.safetensors');
      rewriteFile(path, bytes);
      try {
        const header = readSafetensorsHeader(path);
        let covered = 8 + header.headerBytes;
        for (const { begin, end } of header.tensors.values()) {
          expect(begin).toBe(covered);
          covered = end;
        }
        expect(covered).toBe(bytes.length);
        accepted++;
      } catch (error) {
        if (!(error instanceof HeadscopeError)) throw error;
        expect(error.code).toBe('CHECKPOINT_INVALID');
        refused++;
      }
    }
    expect(accepted).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(1000);
  });
});
