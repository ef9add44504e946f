// Tries the addon in a process of its own before this one loads it: a library that is missing, an instruction the processor lacks,
// or a crash then costs a child, not the host. A good verdict is remembered until the binary, Node or the processor changes.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { HeadscopeError } from '../protocol/errors.ts';
import type { NativeAddon } from './addon.ts';
import { cacheFolder } from './cache_folder.ts';
import { BUILD_COMMAND, findAddon, loadAddon } from './load.ts';

export interface ProbeOptions {
  /** Folder that keeps good verdicts; null: none is kept. Default: headscope in the user's cache folder. */
  cacheFolder?: string | null;
  timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;
const STDERR_TAIL = 2_000;
const LOADED = 'headscope addon: loaded';
const WORKED = 'headscope addon: worked';

// Loads the addon, then runs one small attention, which reaches the kernels of this processor and the engine's threads.
const SCRIPT = `
const addon = require(process.argv[1]);
addon.info();
console.log(${JSON.stringify(LOADED)});
const ones = () => new Float32Array(100 * 64).fill(0.125);
const layer = addon.captureLayer(ones(), ones(), ones(), { heads: 1, kvHeads: 1, headDim: 64, rows: 100, scale: 0.125 });
const lse = new Float32Array(100);
layer.lse(0, lse, 2).promise.then(() => {
  const wanted = 0.125 + Math.log(100);
  if (!(Math.abs(lse[99] - wanted) < 1e-3)) throw new Error('log-sum-exp is ' + lse[99] + ', not ' + wanted);
  console.log(${JSON.stringify(WORKED)});
});
`;

/** Everything the verdict depends on, as a file name. */
async function verdictName(path: string): Promise<string> {
  const { mtimeMs, size } = await stat(path);
  const facts = [
    resolve(path),
    mtimeMs,
    size,
    process.version,
    platform(),
    arch(),
    cpus()[0]?.model ?? '',
    process.env.HEADSCOPE_CPU_ISA ?? '',
  ];
  return `addon-${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 32)}`;
}

async function isRemembered(file: string): Promise<boolean> {
  try {
    return (await readFile(file, 'utf8')) === WORKED;
  } catch {
    return false;
  }
}

/** A cache that cannot be written costs the next start a probe, nothing else. */
async function remember(file: string): Promise<void> {
  const fresh = `${file}.${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(fresh, WORKED);
    await rename(fresh, file);
  } catch {
    await rm(fresh, { force: true }).catch(() => {});
  }
}

interface ChildEnd {
  stdout: string;
  stderr: string;
  status: number | null;
  signal: NodeJS.Signals | null;
  timedOut: boolean;
}

function runChild(path: string, timeoutMs: number): Promise<ChildEnd> {
  return new Promise((settle, fail) => {
    const child = spawn(process.execPath, ['-e', SCRIPT, resolve(path)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Inside Electron the executable is the app; this makes it Node.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', NODE_OPTIONS: '' },
    });
    let stdout = '';
    let stderr = '';
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_TAIL);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      fail(new HeadscopeError('BACKEND_LOST', `The native addon cannot be tried: ${process.execPath} did not start (${error.message}).`));
    });
    child.on('close', (status, signal) => {
      clearTimeout(timer);
      settle({ stdout, stderr: stderr.trim(), status, signal, timedOut });
    });
  });
}

/** Throws NATIVE_MISSING where the addon at `path` does not load and BACKEND_LOST where it loads but crashes, hangs or computes nonsense. */
export async function probeAddon(path: string, options: ProbeOptions = {}): Promise<void> {
  // In the desktop application this process runs because the shell's own probe succeeded, and its executable need not act as Node.
  if (process.versions.electron !== undefined) return;
  const folder = options.cacheFolder === undefined ? cacheFolder() : options.cacheFolder;
  const file = folder === null ? null : join(folder, await verdictName(path));
  if (file !== null && (await isRemembered(file))) return;

  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  const end = await runChild(path, timeoutMs);
  if (end.status === 0 && end.stdout.includes(WORKED)) {
    if (file !== null) await remember(file);
    return;
  }
  const data = { path, status: end.status, signal: end.signal, stderr: end.stderr };
  if (end.status !== null && end.status !== 0 && !end.stdout.includes(LOADED)) {
    throw new HeadscopeError(
      'NATIVE_MISSING',
      `The native addon ${path} does not load. Build it again with: ${BUILD_COMMAND}\n${end.stderr}`,
      data,
    );
  }
  let how = `ended with status ${end.status}`;
  if (end.signal !== null) how = `died of ${end.signal}`;
  if (end.timedOut) how = `did not answer in ${timeoutMs / 1000} s`;
  throw new HeadscopeError(
    'BACKEND_LOST',
    `The native addon ${path} ${how} when it was tried. Build it again with: ${BUILD_COMMAND}, or set HEADSCOPE_CPU_ISA=portable.\n${end.stderr}`.trimEnd(),
    data,
  );
}

/** The addon, found, tried and loaded. */
export async function probedAddon(options: ProbeOptions = {}): Promise<NativeAddon> {
  const path = findAddon();
  await probeAddon(path, options);
  return loadAddon(path);
}
