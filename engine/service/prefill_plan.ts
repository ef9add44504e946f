// Whether a prefill fits the machine, and how, asked before any of it is taken.
import { existsSync, statfsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { NativeModel, PlanPlace } from '../native/addon.ts';
import { cacheFolder } from '../native/cache_folder.ts';
import { HeadscopeError } from '../protocol/errors.ts';

export type PlanSettings = Parameters<NativeModel['plan']>[1];

/** Left for the rest of the process and the system. */
const RESERVE_SHARE = 0.1;

/** Where layer inputs lie that do not fit the memory. */
export interface SpillPlace {
  folder: string;
  freeBytes: number;
}

export function spillPlace(): SpillPlace {
  const folder = join(cacheFolder(), 'spill');
  let disk = folder;
  while (!existsSync(disk) && dirname(disk) !== disk) disk = dirname(disk);
  const { bavail, bsize } = statfsSync(disk);
  return { folder, freeBytes: bavail * bsize };
}

/** Of the process. Pages of files do not count: the system drops them when it needs the memory, and reads them again; nor does a device's own memory. */
export function heldBytes(places: readonly PlanPlace[]): number {
  return places.filter(({ name }) => !/\((mapped|on disk|device)\)$/.test(name)).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The bytes in files of a plan, weights left out. */
export function spilledBytes(places: readonly PlanPlace[]): number {
  return places.filter(({ name }) => name.endsWith('(on disk)')).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** Of a machine with `availableBytes` free. */
export function usableBytes(availableBytes: number): number {
  return availableBytes * (1 - RESERVE_SHARE);
}

interface Room {
  memory: number;
  disk: number;
}

function fits(places: readonly PlanPlace[], room: Room): boolean {
  return heldBytes(places) <= room.memory && spilledBytes(places) <= room.disk;
}

function longestThatFits(model: NativeModel, below: number, settings: PlanSettings, room: Room): number {
  let longest = 0;
  for (let low = 1, high = below - 1; low <= high; ) {
    const middle = Math.floor((low + high) / 2);
    if (fits(model.plan(middle, settings), room)) {
      longest = middle;
      low = middle + 1;
    } else high = middle - 1;
  }
  return longest;
}

/**
 * The settings as asked where they fit; otherwise, where there is a place to spill, with the layer inputs in files there.
 * Throws PROMPT_TOO_LONG with the plan, what is there, and the longest prompt and the setting that would fit.
 */
export function settlePlan(
  model: NativeModel,
  rows: number,
  asked: PlanSettings,
  availableBytes: number,
  spill?: SpillPlace,
): { settings: PlanSettings; places: PlanPlace[] } {
  const room = { memory: usableBytes(availableBytes), disk: spill?.freeBytes ?? Number.POSITIVE_INFINITY };
  const ways = [asked];
  if (spill !== undefined && asked.keepLayerInputs && asked.spillFolder === undefined) ways.push({ ...asked, spillFolder: spill.folder });
  for (const settings of ways) {
    const places = model.plan(rows, settings);
    if (fits(places, room)) return { settings, places };
  }
  const frugal = ways[ways.length - 1] ?? asked;
  const places = model.plan(rows, frugal);
  const bytes = heldBytes(places);
  const onDisk = spilledBytes(places);
  const longest = ways.map((settings) => longestThatFits(model, rows, settings, room)).reduce((a, b) => Math.max(a, b));
  const lean = { ...asked, keepLayerInputs: false, keepOverviews: false };
  const leanBytes = heldBytes(model.plan(rows, lean));
  const gib = (amount: number) => `${(amount / 2 ** 30).toFixed(2)} GiB`;
  const full = onDisk > room.disk ? ` (${gib(onDisk)}, where ${spill?.folder} has room for ${gib(room.disk)})` : '';
  const spilled = frugal.spillFolder === undefined ? '' : ` with the layer inputs on disk${full}`;
  const instead = leanBytes <= room.memory ? ` Without the kept layer inputs and overviews it would hold ${gib(leanBytes)} and fit.` : '';
  throw new HeadscopeError(
    'PROMPT_TOO_LONG',
    `${rows} tokens would hold ${gib(bytes)}${spilled}; ${gib(room.memory)} may be used. Up to ${longest} tokens fit.${instead}`,
    { rows, bytes, spilledBytes: onDisk, availableBytes, usableBytes: room.memory, fits: longest, places, withoutLayerInputs: leanBytes },
  );
}
