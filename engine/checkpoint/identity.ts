// What a model is called in provenance.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { fileError } from './bounded_file.ts';
import type { SafetensorsHeader } from './safetensors.ts';

/** Weights up to this many bytes are hashed whole. */
export const FULL_HASH_LIMIT_BYTES = 64 << 20;

/** sha256 over config.json and, file by file, the safetensors header and the file's size: it tells architectures and layouts apart
 * without reading the weights, so two fine-tunes of one model saved alike share it. `weightsSha256` tells those apart. */
export function checkpointIdentity(configText: string, headers: readonly SafetensorsHeader[]): string {
  const hash = createHash('sha256').update('headscope checkpoint identity 1\n');
  hash.update(createHash('sha256').update(configText).digest('hex'));
  for (const header of headers) hash.update(`\n${header.headerSha256} ${header.fileBytes}`);
  return `headers-sha256:${hash.digest('hex')}`;
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
