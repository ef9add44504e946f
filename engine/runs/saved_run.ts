// A saved run, reopened: checked against what run.json says, read layer by layer. The files are listed in saved_run_writer.ts.
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readBoundedText } from '../checkpoint/bounded_file.ts';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { readSafetensorsHeader, type SafetensorsEntry, type SafetensorsHeader } from '../checkpoint/safetensors.ts';
import { printable } from '../checkpoint/strict_json.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { parseRunDescription, type RunDescription } from './run_description.ts';
import { layerName, OVERVIEW_SIDE } from './saved_run_writer.ts';
import { isFloatDtype, readFloatTensor, readIntegerTensor } from './tensor_reader.ts';

const MAX_RUN_JSON_BYTES = 64 << 20;

export interface SavedRun {
  folder: string;
  description: RunDescription;
  tokens: Int32Array;
  /** [N, hidden]; layer 0 to layers. */
  readLayerInput(layer: number): Float32Array;
  /** [heads, N] of one layer; null where the run has none. */
  readLse(layer: number): Float32Array | null;
  /** [heads, 256, 256] each; null where the run has none. */
  readOverviews(layer: number): { sum: Float32Array; max: Float32Array } | null;
}

/** Checks every header; reads the tokens, nothing else. Throws RUN_NOT_FOUND, RUN_INVALID, FILE_UNREADABLE. */
export function openSavedRun(folder: string): SavedRun {
  const path = resolve(folder);
  checkFolder(path);
  const description = parseRunDescription(coded(() => readBoundedText(join(path, 'run.json'), MAX_RUN_JSON_BYTES, 'RUN_INVALID')));
  const { n, model, has } = description;
  const layers = Array.from({ length: model.layers }, (_, layer) => layerName(layer));

  const tokensFile = openPart(path, 'tokens.safetensors');
  const tokens = readIntegerTensor(tokensFile.path, expectTensor(tokensFile, 'tokens', [n]), 'RUN_INVALID');
  const bad = tokens.findIndex((token) => token < 0 || token >= model.vocabSize);
  if (bad >= 0)
    throw new HeadscopeError('RUN_INVALID', `The run's token ${bad} is ${tokens[bad]}, outside the vocabulary of ${model.vocabSize}.`);

  const inputs = openPart(path, 'layer-inputs.safetensors');
  for (const name of [...layers, layerName(model.layers)]) expectFloats(inputs, name, [n, model.hiddenSize]);
  const lse = has.lse ? openPart(path, 'lse.safetensors') : null;
  if (lse !== null) for (const name of layers) expectFloats(lse, name, [model.heads, n]);
  const overviews = has.overviews ? openPart(path, 'overviews.safetensors') : null;
  const overviewShape = [model.heads, OVERVIEW_SIDE, OVERVIEW_SIDE];
  if (overviews !== null)
    for (const name of layers) for (const kind of ['sum', 'max']) expectFloats(overviews, `${name}.${kind}`, overviewShape);

  const read = (file: SafetensorsHeader, name: string): Float32Array => {
    const entry = file.tensors.get(name);
    if (entry === undefined) throw new HeadscopeError('INVALID_REQUEST', `The run has no ${name}; its model has ${model.layers} layers.`);
    return readFloatTensor(file.path, entry, 'RUN_INVALID');
  };
  return {
    folder: path,
    description,
    tokens,
    readLayerInput: (layer) => read(inputs, layerName(layer)),
    readLse: (layer) => (lse === null ? null : read(lse, layerName(layer))),
    readOverviews: (layer) =>
      overviews === null ? null : { sum: read(overviews, `${layerName(layer)}.sum`), max: read(overviews, `${layerName(layer)}.max`) },
  };
}

function checkFolder(path: string): void {
  let isFolder = false;
  try {
    isFolder = statSync(path).isDirectory();
  } catch {
    // absent: the message below says so
  }
  if (!isFolder)
    throw new HeadscopeError('RUN_NOT_FOUND', `There is no saved run at ${printable(path)}. "headscope prefill --save-run" writes one.`, {
      path,
    });
}

/** A part that is missing makes the run invalid. */
function coded<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof HeadscopeError && error.code === 'FILE_NOT_FOUND')
      throw new HeadscopeError('RUN_INVALID', `Not a whole saved run. ${error.message}`, error.data);
    throw error;
  }
}

function openPart(folder: string, name: string): SafetensorsHeader {
  return coded(() => readSafetensorsHeader(join(folder, name), 'RUN_INVALID'));
}

function expectTensor(file: SafetensorsHeader, name: string, shape: readonly number[]): SafetensorsEntry {
  const entry = file.tensors.get(name);
  if (entry === undefined) throw new HeadscopeError('RUN_INVALID', `${printable(file.path)} has no tensor "${name}".`, { tensor: name });
  if (entry.shape.length !== shape.length || entry.shape.some((extent, axis) => extent !== shape[axis])) {
    throw new HeadscopeError(
      'RUN_INVALID',
      `${printable(file.path)}: tensor "${name}" has the shape [${printable(entry.shape.join(', '))}]; run.json makes it [${shape.join(', ')}].`,
      {
        tensor: name,
        expected: shape,
        found: entry.shape,
      },
    );
  }
  return entry;
}

function expectFloats(file: SafetensorsHeader, name: string, shape: readonly number[]): void {
  const { dtype } = expectTensor(file, name, shape);
  if (!isFloatDtype(dtype))
    throw new HeadscopeError('RUN_INVALID', `${printable(file.path)}: tensor "${name}" is ${dtype}; F32 or F16 is expected.`);
}

/** Throws RUN_INVALID where the run is of another model than the one at hand. */
export function requireRunOfModel(run: SavedRun, checkpoint: Checkpoint): void {
  const { model } = run.description;
  if (model.identity === checkpoint.identity) return;
  throw new HeadscopeError(
    'RUN_INVALID',
    `The run is of ${model.name} (${model.path}), whose config and layout differ from those of ${checkpoint.folder}. Open that model, or prefill again.`,
    {
      run: model.identity,
      model: checkpoint.identity,
    },
  );
}
