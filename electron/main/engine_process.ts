// The engine and its probe as Electron utility processes. The executable is Electron's own; nothing here loads the addon.
import { type MessagePortMain, type UtilityProcess, utilityProcess } from 'electron';
import type { EngineProcess } from './engine_supervisor.ts';

export interface EngineFiles {
  engine: string;
  probe: string;
  /** Path of the native addon; undefined: the engine looks where a checkout has it. */
  addon: string | undefined;
}

const PROBE_TIMEOUT_MS = 60_000;
/** A kernel that runs does not see SIGTERM; after so long the process is ended for good. */
const KILL_GRACE_MS = 1_000;

/** Variables that would change what the child runs. */
const UNWANTED = ['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'LD_PRELOAD', 'DYLD_INSERT_LIBRARIES', 'DEBUG'];

export function engineEnvironment(environment: NodeJS.ProcessEnv, addon: string | undefined): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(environment).filter(([name]) => !UNWANTED.includes(name)));
  return addon === undefined ? kept : { HEADSCOPE_ADDON: addon, ...kept };
}

function fork(file: string, processArguments: string[], files: EngineFiles, serviceName: string): UtilityProcess {
  return utilityProcess.fork(file, processArguments, {
    serviceName,
    stdio: 'pipe',
    env: engineEnvironment(process.env, files.addon),
  });
}

function endFor(child: UtilityProcess): void {
  child.kill();
  const timer = setTimeout(() => {
    try {
      if (child.pid !== undefined) process.kill(child.pid, 'SIGKILL');
    } catch {
      // It has ended in the meantime.
    }
  }, KILL_GRACE_MS);
  child.once('exit', () => clearTimeout(timer));
}

export function forkEngine(files: EngineFiles, processArguments: string[]): EngineProcess<MessagePortMain> {
  const child = fork(files.engine, processArguments, files, 'engine');
  return {
    postMessage: (message, ports) => child.postMessage(message, ports),
    onSpawn: (receiver) =>
      child.once('spawn', () => {
        if (child.pid !== undefined) receiver(child.pid);
      }),
    onMessage: (receiver) => child.on('message', receiver),
    onStderr(receiver) {
      const pass = (data: Buffer) => receiver(data.toString('utf8'));
      child.stderr?.on('data', pass);
      child.stdout?.on('data', pass);
    },
    onExit: (receiver) => child.once('exit', (code) => receiver(`exit code ${code}`)),
    kill: () => endFor(child),
  };
}

/** Rejects with the sentence to show where the addon does not load, crashes, hangs or computes nonsense. */
export function probeAddon(files: EngineFiles): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = fork(files.probe, [], files, 'engine probe');
    let stderr = '';
    let verdict: (() => void) | undefined;
    const timer = setTimeout(() => {
      verdict = () => reject(new Error(`The native engine did not answer within ${PROBE_TIMEOUT_MS / 1000} s when it was tried.`));
      endFor(child);
    }, PROBE_TIMEOUT_MS);
    child.stderr?.on('data', (data: Buffer) => {
      stderr = (stderr + data.toString('utf8')).slice(-2_000);
    });
    child.on('message', (message: unknown) => {
      if (typeof message !== 'object' || message === null || !('kind' in message)) return;
      if (message.kind === 'worked') verdict = resolve;
      else verdict = () => reject(new Error('reason' in message ? String(message.reason) : 'The native engine does not load.'));
      endFor(child);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      if (verdict) verdict();
      else reject(new Error(`The native engine crashed when it was tried (exit code ${code}). ${stderr}`.trim()));
    });
  });
}
