// Which safetensors files of a model folder hold its weights, and where each tensor lies.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { HeadscopeError } from '../protocol/errors.ts';
import { fileError, pathExists, readBoundedText } from './bounded_file.ts';
import { readSafetensorsHeader, type SafetensorsEntry, type SafetensorsHeader } from './safetensors.ts';
import { isJsonObject, parseStrictJson, printable } from './strict_json.ts';

const SINGLE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';
const MAX_INDEX_BYTES = 64 << 20;
const MAX_SHARDS = 4096;

export interface PlacedTensor extends SafetensorsEntry {
  /** Index into WeightFiles.headers. */
  file: number;
}

export interface WeightFiles {
  headers: SafetensorsHeader[];
  /** File names inside the folder, in the order of `headers`. */
  names: string[];
  tensors: Map<string, PlacedTensor>;
}

/** Reads the header of model.safetensors, or of every shard that model.safetensors.index.json names. */
export function readWeightFiles(folder: string, notes: string[]): WeightFiles {
  if (pathExists(join(folder, SINGLE))) {
    if (pathExists(join(folder, INDEX))) notes.push(`${SINGLE} counts; the index beside it is ignored.`);
    const header = readSafetensorsHeader(join(folder, SINGLE));
    const tensors = new Map([...header.tensors].map(([name, entry]): [string, PlacedTensor] => [name, { ...entry, file: 0 }]));
    return { headers: [header], names: [SINGLE], tensors };
  }
  if (pathExists(join(folder, INDEX))) return readShards(folder, notes);
  throw withoutSafetensors(folder);
}

function readShards(folder: string, notes: string[]): WeightFiles {
  const homes = readIndex(folder);
  const names = [...new Set(homes.values())].sort();
  const headers = names.map((name) => {
    try {
      return readSafetensorsHeader(join(folder, name));
    } catch (error) {
      if (error instanceof HeadscopeError && error.code === 'FILE_NOT_FOUND') {
        throw new HeadscopeError(
          'CHECKPOINT_INVALID',
          `${INDEX} names ${printable(name)}, which is not in the folder. Download the missing shard.`,
          { shard: name },
        );
      }
      throw error;
    }
  });
  const tensors = new Map<string, PlacedTensor>();
  let unlisted = 0;
  let elsewhere = 0;
  headers.forEach((header, file) => {
    for (const [name, entry] of header.tensors) {
      const home = homes.get(name);
      const earlier = tensors.get(name);
      if (earlier !== undefined) {
        if (home === names[earlier.file]) continue;
        if (home !== names[file]) {
          throw new HeadscopeError(
            'CHECKPOINT_INVALID',
            `Tensor "${printable(name)}" is in both ${printable(names[earlier.file] ?? '')} and ${printable(names[file] ?? '')}, and ${INDEX} does not say which counts.`,
          );
        }
      } else if (home === undefined) unlisted++;
      tensors.set(name, { ...entry, file });
    }
  });
  for (const [name, home] of homes) {
    const found = tensors.get(name);
    if (found !== undefined && names[found.file] !== home) elsewhere++;
  }
  if (unlisted > 0) notes.push(`${unlisted} tensors are in the shards but not in ${INDEX}; they are used.`);
  if (elsewhere > 0) notes.push(`${elsewhere} tensors lie in another shard than ${INDEX} says; they are used.`);
  return { headers, names, tensors };
}

/** tensor name -> shard file name. Shards must be plain names of files in this folder; the files may be links out of it. */
function readIndex(folder: string): Map<string, string> {
  const text = readBoundedText(join(folder, INDEX), MAX_INDEX_BYTES, 'CHECKPOINT_INVALID');
  const parsed = parseStrictJson(text, { what: INDEX, code: 'CHECKPOINT_INVALID', maxDepth: 16 });
  const map = isJsonObject(parsed) ? parsed.weight_map : undefined;
  if (!isJsonObject(map)) throw new HeadscopeError('CHECKPOINT_INVALID', `${INDEX} has no weight_map object.`);
  const homes = new Map<string, string>();
  const checked = new Set<string>();
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== 'string')
      throw new HeadscopeError('CHECKPOINT_INVALID', `${INDEX}: the file of tensor "${printable(tensor)}" is not a string.`);
    if (!checked.has(shard)) checkShardName(shard);
    checked.add(shard);
    if (checked.size > MAX_SHARDS) throw new HeadscopeError('CHECKPOINT_INVALID', `${INDEX} names more than ${MAX_SHARDS} files.`);
    homes.set(tensor, shard);
  }
  if (homes.size === 0) throw new HeadscopeError('CHECKPOINT_INVALID', `${INDEX} lists no tensors.`);
  return homes;
}

function checkShardName(name: string): void {
  if (name === '' || name === '.' || name.includes('..') || /[/\\\0]/.test(name)) {
    throw new HeadscopeError(
      'CHECKPOINT_INVALID',
      `${INDEX} names the file "${printable(name)}"; only plain names of files inside the model folder are followed.`,
      { shard: name },
    );
  }
  if (!name.endsWith('.safetensors')) {
    throw new HeadscopeError('UNSUPPORTED_WEIGHTS', `${INDEX} names "${printable(name)}", which is not a .safetensors file.`, {
      shard: name,
    });
  }
}

/** Why a folder without model.safetensors and index cannot be opened: the error is returned, not thrown. */
function withoutSafetensors(folder: string): HeadscopeError {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    return fileError(error, folder);
  }
  const pickle = names.find((name) => /\.(bin|pt|pth|ckpt)(\.index\.json)?$/.test(name));
  const other = names.find((name) => /\.(gguf|h5|msgpack|onnx)$/.test(name));
  const shards = names.filter((name) => name.endsWith('.safetensors'));
  if (shards.length > 0) {
    return new HeadscopeError(
      'CHECKPOINT_INVALID',
      `The folder holds ${printable(shards[0] ?? '')} but neither ${SINGLE} nor ${INDEX}: download the index, or rename a single file to ${SINGLE}.`,
    );
  }
  if (pickle !== undefined || other !== undefined) {
    const found = pickle ?? other ?? '';
    const why =
      pickle === undefined
        ? 'are in a format this engine does not read'
        : 'are a PyTorch pickle, which can run code when opened and is never read';
    return new HeadscopeError(
      'UNSUPPORTED_WEIGHTS',
      `The weights (${printable(found)}) ${why}. Save them as safetensors: in Python, AutoModelForCausalLM.from_pretrained(folder).save_pretrained(other_folder, safe_serialization=True).`,
      { file: found },
    );
  }
  return new HeadscopeError('FILE_NOT_FOUND', `There are no weights in ${printable(folder)}: neither ${SINGLE} nor ${INDEX}.`, {
    path: folder,
  });
}
