// The command line as a process: signals, pipes that close, streams kept apart. Starts the built bundle as `npx headscope` does.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledAsset } from '../program_files.ts';

const start = join(import.meta.dirname, '..', '..', '..', 'bin', 'headscope.mjs');
const folder = mkdtempSync(join(tmpdir(), 'headscope-process-'));
const model = bundledAsset('demo-model');

interface Ended {
  status: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

function headscope(args: string[], during: (child: ReturnType<typeof spawn>) => void = () => {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [start, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (status, signal) => resolve({ status, signal, out, err }));
    during(child);
  });
}

beforeAll(async () => {
  writeFileSync(join(folder, 'ids.json'), JSON.stringify(Array.from({ length: 14_000 }, (_, i) => 3 + ((i * 17) % 2900))));
  // Builds what is stale, so that no test below waits for it.
  expect((await headscope(['--version'])).status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the process', () => {
  it('keeps the answer on stdout and everything else on stderr', async () => {
    const { status, out, err } = await headscope(['inspect', model, '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ layers: 4 });
    expect(err).toBe('');
    const refused = await headscope(['inspect', folder]);
    expect(refused).toMatchObject({ status: 1, out: '' });
    expect(refused.err).toContain('[FILE_NOT_FOUND]');
  });

  it('stops on the first Ctrl-C, leaving nothing half-written', async () => {
    const before = readdirSync(folder).sort();
    const args = [
      'search',
      '--model',
      model,
      '--tokens',
      join(folder, 'ids.json'),
      '--out',
      join(folder, 'c.json'),
      '--scores',
      join(folder, 's.jsonl'),
      '--json',
    ];
    let stopped = 0;
    const ended = await headscope(args, (child) => {
      // Progress says that the engine is at work.
      child.stderr?.once('data', () => {
        stopped = performance.now();
        child.kill('SIGINT');
      });
    });
    expect(ended).toMatchObject({ status: 130, signal: null });
    expect(performance.now() - stopped).toBeLessThan(1500);
    expect(JSON.parse(ended.out).error.code).toBe('CANCELLED');
    expect(readdirSync(folder).sort()).toEqual(before);
  });

  it('fails in a sentence when its answer cannot be written', async () => {
    if (!existsSync('/dev/full')) return;
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [start, 'inspect', model], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    });
    closeSync(full);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^headscope: the output cannot be written: .*\[FILE_WRITE_FAILED\]\n$/);
  });

  it('stops between two lines of standard input, on Ctrl-C and when nobody reads the answers', async () => {
    const endOf = async (during: (child: ReturnType<typeof spawn>) => void) => {
      const child = spawn(process.execPath, [start, 'tokenize', '--model', model, '--jsonl'], { stdio: 'pipe' });
      let err = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text;
      });
      child.stdin.on('error', () => {});
      child.stdin.write('{"text": "a"}\n');
      child.stdout.once('data', () => during(child));
      const status = await new Promise((resolve) => child.once('close', resolve));
      child.stdin.end();
      return { status, err };
    };
    expect(await endOf((child) => child.kill('SIGINT'))).toEqual({ status: 130, err: 'headscope: interrupted\n' });
    const unread = await endOf((child) => {
      child.stdout?.destroy();
      child.stdin?.write('{"text": "b"}\n{"text": "c"}\n');
      setTimeout(() => child.stdin?.write('{"text": "d"}\n'), 200);
    });
    expect(unread).toEqual({ status: 0, err: '' });
  });

  it('says that standard input is a folder', () => {
    const handle = openSync(folder, 'r');
    const args = [start, 'tokenize', '--model', model, '--jsonl'];
    const { status, stderr } = spawnSync(process.execPath, args, { stdio: [handle, 'pipe', 'pipe'], encoding: 'utf8' });
    closeSync(handle);
    expect(status).toBe(1);
    expect(stderr).toBe('headscope: Cannot read standard input: it is a folder. [FILE_UNREADABLE]\n');
  });

  it('says nothing when its reader goes away', async () => {
    const ended = await headscope(['--help'], (child) => child.stdout?.destroy());
    expect(ended.err).toBe('');
    expect(ended.status).toBe(0);
  });
});
