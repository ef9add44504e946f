// What `doctor` looks at: everything that a first run needs, with the line that repairs it.
import { accessSync, constants } from 'node:fs';
import { tmpdir } from 'node:os';
import type { NativeInfo } from '../native/addon.ts';
import { findAddon } from '../native/load.ts';
import { probeAddon } from '../native/probe.ts';
import { codedError } from '../protocol/envelope.ts';
import type { Result } from '../protocol/methods.ts';
import type { EngineState } from './engine_state.ts';

type Check = Result<'engine.doctor'>['checks'][number];

/** The oldest Node that everything was tried on. */
const NODE = [20, 19] as const;

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  return { name: 'Node.js', ok, detail: process.versions.node, fix: `Install Node ${NODE.join('.')} or newer.` };
}

function cudaDetail(cuda: NativeInfo['backends'][number] | undefined): string {
  if (cuda === undefined) return 'not part of this build';
  if (cuda.available) return cuda.description;
  const device = cuda.description === cuda.name ? '' : `${cuda.description}: `;
  return `not used. ${device}${cuda.reason}`;
}

/** Tried in a process of its own first: an addon that crashes is a finding, not the end of the diagnosis. */
async function nativeChecks(engine: EngineState): Promise<Check[]> {
  try {
    await probeAddon(findAddon(), { cacheFolder: null });
    await engine.findBackends();
    const info = engine.addon().info();
    const usable = info.backends.filter(({ available }) => available);
    const cuda = info.backends.find(({ name }) => name === 'cuda');
    return [
      { name: 'native engine', ok: true, detail: `build ${info.build}, ABI ${info.abi}`, fix: '' },
      {
        name: 'backend',
        ok: usable.length > 0,
        detail: usable.map(({ name, description }) => `${name} (${description})`).join('; '),
        fix: 'This processor is not one the engine was built for.',
      },
      // Not having it is no fault: everything runs on the processor.
      { name: 'CUDA', ok: true, detail: cudaDetail(cuda), fix: '' },
      { name: 'threads', ok: true, detail: `${info.hardwareThreads}`, fix: '' },
      {
        name: 'memory',
        ok: info.availableBytes >= 2 ** 30,
        detail: `${(info.availableBytes / 2 ** 30).toFixed(1)} GiB available`,
        fix: 'Close other programs: a gibibyte is needed for short prompts.',
      },
    ];
  } catch (error) {
    return [
      {
        name: 'native engine',
        ok: false,
        detail: codedError(error).message,
        fix: 'Build it: npm run build:native (needs g++ and CMake: sudo apt-get install -y g++ cmake).',
      },
    ];
  }
}

function temporaryFolder(): Check {
  const folder = tmpdir();
  const fix = 'Set TMPDIR to a folder that can be written.';
  try {
    accessSync(folder, constants.W_OK);
    return { name: 'temporary folder', ok: true, detail: folder, fix };
  } catch {
    return { name: 'temporary folder', ok: false, detail: `${folder} cannot be written`, fix };
  }
}

export async function diagnose(engine: EngineState): Promise<Check[]> {
  return [nodeCheck(), ...(await nativeChecks(engine)), temporaryFolder()];
}
