// A Hugging Face model folder, opened and checked: everything the native engine needs to map its weights.
import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { DType, NativeLayerTensors, NativeModelSpec, TensorLocation } from '../native/addon.ts';
import { HeadscopeError } from '../protocol/errors.ts';
import { fileError, pathExists, readBoundedText } from './bounded_file.ts';
import type { DecoderConfig } from './decoder_config.ts';
import { folderName } from './hub_cache.ts';
import { checkpointIdentity, weightsSha256 } from './identity.ts';
import { parseModelConfig } from './model_config.ts';
import type { Rope } from './rope.ts';
import { rotaryTable } from './rope_frequencies.ts';
import type { SafetensorsHeader } from './safetensors.ts';
import { printable } from './strict_json.ts';
import { type TensorTable, tensorTable } from './tensor_table.ts';
import { readWeightFiles } from './weight_files.ts';

const MAX_CONFIG_BYTES = 16 << 20;

export interface Checkpoint {
  /** Absolute path, and the folder's own name. */
  folder: string;
  name: string;
  config: DecoderConfig;
  spec: NativeModelSpec;
  /** Absolute paths; TensorLocation.file indexes them. */
  files: string[];
  headers: SafetensorsHeader[];
  /** The embeddings serve as the output head too. */
  tied: boolean;
  /** Parameters of the tensors that are used, each counted once, by type. */
  parameters: Partial<Record<DType, number>>;
  /** Bytes of those tensors. */
  weightBytes: number;
  /** See checkpointIdentity: covers config.json, the headers, the file sizes and samples of the weights. */
  identity: string;
  /** What was accepted but deserves a word. */
  notes: string[];
}

/** Opens `folder` without reading any weights. Throws FILE_NOT_FOUND, FILE_UNREADABLE, CHECKPOINT_INVALID, UNSUPPORTED_ARCHITECTURE,
 * UNSUPPORTED_WEIGHTS, each saying what to do. */
export function openCheckpoint(folder: string): Checkpoint {
  const path = resolve(folder);
  checkFolder(path);
  const notes: string[] = [];
  const configText = readBoundedText(
    join(path, 'config.json'),
    MAX_CONFIG_BYTES,
    'CHECKPOINT_INVALID',
    'A model folder holds config.json, tokenizer.json and *.safetensors.',
  );
  const config = parseModelConfig(configText, notes);
  const weights = readWeightFiles(path, notes);
  const table = tensorTable(config, weights, notes);
  noteWindows(config, notes);
  return {
    folder: path,
    name: folderName(path),
    config,
    spec: nativeSpec(config, table),
    files: weights.headers.map((header) => header.path),
    headers: weights.headers,
    tied: table.tied,
    ...countParameters(table),
    identity: checkpointIdentity(configText, weights.headers),
    notes,
  };
}

function noteWindows({ layerKinds, layers }: DecoderConfig, notes: string[]): void {
  const windows = layerKinds.flatMap(({ window }) => window ?? []);
  const [window] = windows;
  if (window === undefined) return;
  const which = windows.length === layers ? 'Every layer attends' : `${windows.length} of ${layers} layers attend`;
  notes.push(`${which} to the last ${window.toLocaleString('en')} tokens only; their maps, recalls and densities are within that window.`);
}

function nativeSpec(config: DecoderConfig, { embedding, finalNorm, lmHead, layers }: TensorTable): NativeModelSpec {
  return {
    hiddenSize: config.hiddenSize,
    intermediateSize: config.intermediateSize,
    layers: config.layers,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    vocabSize: config.vocabSize,
    rmsNormEps: config.rmsNormEps,
    normOffset: config.normOffset,
    embeddingScale: config.embeddingScale,
    residualScale: config.residualScale,
    scoreScale: config.scoreScale,
    scoreCap: config.scoreCap ?? 0,
    logitScale: config.logitScale,
    logitCap: config.logitCap ?? 0,
    activation: config.activation,
    expertSize: config.experts?.intermediateSize ?? 0,
    expertsPerToken: config.experts?.perToken ?? 0,
    normaliseExperts: config.experts?.normalised ?? false,
    rotaries: config.ropes.map(rotaryTable),
    layerKinds: config.layerKinds.map(({ rope, window }) => ({ rotary: rope ?? -1, window: window ?? 0 })),
    tensors: { embedding, finalNorm, lmHead, layers },
  };
}

function checkFolder(path: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw fileError(error, path, 'Give the folder of a Hugging Face model.');
  }
  if (!isFolder) {
    throw new HeadscopeError(
      'FILE_NOT_FOUND',
      `${printable(path)} is a file; give the model's folder, the one with config.json and model.safetensors.`,
      { path },
    );
  }
}

function countParameters(table: TensorTable): { parameters: Partial<Record<DType, number>>; weightBytes: number } {
  const parameters: Partial<Record<DType, number>> = {};
  let weightBytes = 0;
  const tensors = [table.embedding, table.finalNorm, ...(table.tied ? [] : [table.lmHead]), ...table.layers.flatMap(tensorsOf)];
  for (const { dtype, shape, begin, end } of tensors) {
    parameters[dtype] = (parameters[dtype] ?? 0) + shape.reduce((product, extent) => product * extent, 1);
    weightBytes += end - begin;
  }
  return { parameters, weightBytes };
}

function tensorsOf({ experts, ...roles }: NativeLayerTensors): TensorLocation[] {
  return [...Object.values(roles), ...(experts ?? []).flatMap((expert) => Object.values(expert))];
}

function describeRopes([full, windowed]: readonly Rope[]): CheckpointFacts['rope'] {
  return { ...full, ...(windowed === undefined ? {} : { windowed }) };
}

/** What `inspect` shows. */
export interface CheckpointFacts {
  path: string;
  name: string;
  architecture: string;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  hiddenSize: number;
  intermediateSize: number;
  vocabSize: number;
  /** Of the full-attention layers; `windowed` is the table of the others where they have one of their own. */
  rope: Partial<Rope> & { windowed?: Rope };
  rmsNormEps: number;
  /** By type, e.g. {bf16: 1}: parameters of each. */
  parametersByDtype: Partial<Record<DType, number>>;
  parameters: number;
  weightBytes: number;
  files: string[];
  tied: boolean;
  contextLength: number;
  tokenizerPresent: boolean;
  identity: string;
  /** null where the files are too large to hash at once. */
  weightsSha256: string | null;
  notes: string[];
}

export function describeCheckpoint(checkpoint: Checkpoint): CheckpointFacts {
  const { config, parameters } = checkpoint;
  return {
    path: checkpoint.folder,
    name: checkpoint.name,
    architecture: config.architecture,
    layers: config.layers,
    heads: config.heads,
    kvHeads: config.kvHeads,
    headDim: config.headDim,
    hiddenSize: config.hiddenSize,
    intermediateSize: config.intermediateSize,
    vocabSize: config.vocabSize,
    rope: describeRopes(config.ropes),
    rmsNormEps: config.rmsNormEps,
    parametersByDtype: parameters,
    parameters: Object.values(parameters).reduce((sum, count) => sum + count, 0),
    weightBytes: checkpoint.weightBytes,
    files: checkpoint.files.map((file) => basename(file)),
    tied: checkpoint.tied,
    contextLength: config.maxPositions,
    tokenizerPresent: pathExists(join(checkpoint.folder, 'tokenizer.json')),
    identity: checkpoint.identity,
    weightsSha256: weightsSha256(checkpoint.headers),
    notes: checkpoint.notes,
  };
}
