// What a model is called in provenance.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { fileError } from './bounded_file.ts';
import type { SafetensorsHeader } from './safetensors.ts';

/** Weights up to this many bytes are hashed whole. */
export const FULL_HASH_LIMIT_BYTES = 64 << 20;

const SAMPLE_BYTES = 4096;
const SAMPLES_PER_FILE = 256;

/** sha256 over config.json and, file by file, the safetensors header, the file's size and 256 evenly spread 4 KiB samples of its data: a
 * fine-tune, which moves every weight, changes it, at a cost that does not grow with the model. A change of a few tensors can fall
 * between the samples; `weightsSha256` covers every byte. FILE_UNREADABLE where a file cannot be read. */
export function checkpointIdentity(configText: string, headers: readonly SafetensorsHeader[]): string {
  const hash = createHash('sha256').update('headscope checkpoint identity 2\n');
  hash.update(createHash('sha256').update(configText).digest('hex'));
  const sample = new Uint8Array(SAMPLE_BYTES);
  for (const { path, headerSha256, fileBytes } of headers) {
    hash.update(`\n${headerSha256} ${fileBytes}\n`);
    try {
      const descriptor = openSync(path, 'r');
      try {
        for (let n = 0; n < SAMPLES_PER_FILE; n += 1) {
          const at = Math.floor((Math.max(0, fileBytes - SAMPLE_BYTES) * n) / (SAMPLES_PER_FILE - 1));
          hash.update(sample.subarray(0, readSync(descriptor, sample, 0, SAMPLE_BYTES, at)));
        }
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      throw fileError(error, path);
    }
  }
  return `sampled-sha256:${hash.digest('hex')}`;
}

/** sha256 of the weight files' bytes one after another, or null where they are larger than FULL_HASH_LIMIT_BYTES together. */
export function weightsSha256(headers: readonly SafetensorsHeader[]): string | null {
  if (headers.reduce((sum, header) => sum + header.fileBytes, 0) > FULL_HASH_LIMIT_BYTES) return null;
  const hash = createHash('sha256');
  const chunk = new Uint8Array(1 << 20);
  for (const { path } of headers) {
    try {
      const descriptor = openSync(path, 'r');
      try {
        for (let got = readSync(descriptor, chunk); got > 0; got = readSync(descriptor, chunk)) hash.update(chunk.subarray(0, got));
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      throw fileError(error, path);
    }
  }
  return `weights-sha256:${hash.digest('hex')}`;
}
