// One run of the command line in this process, over the real engine: what the tests of commands share.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundledAsset } from '../program_files.ts';
import { runCli } from './cli.ts';
import type { Output } from './io.ts';
import { connectLocalEngine } from './local_engine.ts';

class Sink implements Output {
  text = '';
  readonly isTTY: boolean;
  readonly columns = 100;
  readonly gone = false;
  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

export interface CliResult {
  status: number;
  out: string;
  err: string;
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

export async function headscope(args: string[], { tty = false, stop = new AbortController(), stdin = '' } = {}): Promise<CliResult> {
  const [stdout, stderr] = [new Sink(), new Sink(tty)];
  const status = await runCli(
    args,
    { stdin: once(stdin), stdout, stderr, signal: stop.signal },
    { version: '1.2.3', connect: connectLocalEngine },
  );
  return { status, out: stdout.text, err: stderr.text };
}

/** Runs with --json. Throws unless stdout is one JSON object on one line and stderr JSON lines and sentences. */
export async function headscopeJson(args: string[]) {
  const { status, out, err } = await headscope([...args, '--json']);
  if (out.trimEnd().includes('\n')) throw new Error(`more than one line on stdout: ${out}`);
  for (const line of err.split('\n')) if (line.startsWith('{')) JSON.parse(line);
  return { status, answer: JSON.parse(out) };
}

export const model = bundledAsset('demo-model');
/** Sizes of the bundled model, as its config.json has them. */
export const { vocab_size: VOCABULARY, hidden_size: WIDTH } = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8'));
export const TOKENS = 200;
/** Ids of the bundled model, varied enough that its heads differ. */
export const someIds = (count: number): number[] => Array.from({ length: count }, (_, i) => 3 + ((i * i * 7 + i * 31) % 2900));

/** A folder of its own with ids.json (TOKENS tokens), run (saved) and qkv (captured) of them. */
export class CliWorkspace {
  readonly folder = mkdtempSync(join(tmpdir(), 'headscope-cli-'));
  at(name: string): string {
    return join(this.folder, name);
  }
  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.at(name), content);
    return this.at(name);
  }
  async fill(): Promise<void> {
    this.write('ids.json', JSON.stringify({ ids: someIds(TOKENS) }));
    const { status, err } = await headscope([
      'prefill',
      '--model',
      model,
      '--tokens',
      this.at('ids.json'),
      '--save-run',
      this.at('run'),
      '--qkv',
      this.at('qkv'),
    ]);
    if (status !== 0) throw new Error(err);
  }
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
