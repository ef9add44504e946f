// Every reader of files that come from elsewhere, as a function of their bytes. It may end well or with one of its codes, and in no other way.
import { join } from 'node:path';
import { openCheckpoint } from '../../engine/checkpoint/checkpoint.ts';
import { readSafetensorsHeader } from '../../engine/checkpoint/safetensors.ts';
import {
  fixtureTensors,
  rewriteFile,
  safetensorsBytes,
  temporaryFolder,
  tinyShapes,
  writeModelFolder,
} from '../../engine/checkpoint/tiny_checkpoint.ts';
import { readConfig } from '../../engine/patterns/read_config.ts';
import { type ErrorCode, HeadscopeError } from '../../engine/protocol/errors.ts';
import { readNpyFloats, readNpyHeader } from '../../engine/runs/npy.ts';
import { parseRunDescription } from '../../engine/runs/run_description.ts';
import { withTimeLimit } from '../../engine/tokenizer/time_limit.ts';
import { Vocabulary } from '../../engine/tokenizer/vocabulary.ts';

export interface Target {
  codes: readonly ErrorCode[];
  read: (bytes: Uint8Array) => void;
}

/** Files are written to folders that go when the test file ends. */
export function makeTargets(): Record<string, Target> {
  const folder = temporaryFolder();
  const model = writeModelFolder();
  const sharded = writeModelFolder({ files: { 'part.safetensors': safetensorsBytes(fixtureTensors(tinyShapes())) } });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const checkpointCodes: ErrorCode[] = ['CHECKPOINT_INVALID', 'UNSUPPORTED_ARCHITECTURE', 'UNSUPPORTED_WEIGHTS'];
  return {
    safetensors: {
      codes: ['CHECKPOINT_INVALID', 'UNSUPPORTED_WEIGHTS'],
      read: (bytes) => {
        rewriteFile(join(folder, 'model.safetensors'), bytes);
        const { tensors } = readSafetensorsHeader(join(folder, 'model.safetensors'));
        for (const { begin, end, shape } of tensors.values())
          if (!(begin >= 0 && end >= begin && end <= bytes.length && shape.every((extent) => extent >= 0)))
            throw new Error('a tensor lies outside its file');
      },
    },
    index: {
      codes: [...checkpointCodes, 'FILE_NOT_FOUND', 'FILE_UNREADABLE'],
      read: (bytes) => {
        rewriteFile(join(sharded, 'model.safetensors.index.json'), bytes);
        for (const file of openCheckpoint(sharded).files)
          if (!file.startsWith(sharded)) throw new Error(`a shard outside the folder: ${file}`);
      },
    },
    config: {
      codes: checkpointCodes,
      read: (bytes) => {
        rewriteFile(join(model, 'config.json'), bytes);
        const { spec } = openCheckpoint(model);
        for (const { frequencies } of spec.rotaries)
          if (!frequencies.every(Number.isFinite)) throw new Error('a frequency that is no number');
      },
    },
    tokenizer: {
      codes: ['TOKENIZER_INVALID'],
      read: (bytes) =>
        withTimeLimit(
          5000,
          () => {
            const vocabulary = Vocabulary.parse(text(bytes));
            const { ids, offsets } = vocabulary.encode(" abba's <s> \u00e9\u{1f9ea}");
            if (offsets.length !== 2 * ids.length) throw new Error('ids without offsets');
            vocabulary.decode(ids);
            for (const id of ids) vocabulary.token(id);
          },
          () => new HeadscopeError('INTERNAL', '5 s were not enough for 16 characters.'),
        ),
    },
    run: { codes: ['RUN_INVALID'], read: (bytes) => void parseRunDescription(text(bytes)) },
    patterns: { codes: ['CONFIG_INVALID', 'INVALID_REQUEST'], read: (bytes) => void readConfig(text(bytes)) },
    npy: {
      codes: ['INVALID_REQUEST'],
      read: (bytes) => {
        rewriteFile(join(folder, 'x.npy'), bytes);
        readNpyFloats(readNpyHeader(join(folder, 'x.npy')));
      },
    },
  };
}
