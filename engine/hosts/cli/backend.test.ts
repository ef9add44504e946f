// What a user meets where a CUDA library is: real libraries that stand in for it (native/core/doubles), each in a process of its own,
// since a process tries the library once.
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundledAsset } from '../program_files.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'headscope-backend-'));
const model = bundledAsset('demo-model');
const ids = join(folder, 'ids.json');
const DOUBLES = ['works', 'no_device', 'wrong_abi', 'crashes_at_load'] as const;
type Double = (typeof DOUBLES)[number];
const library = (double: Double) => join(root, 'build', 'release', 'doubles', `libdouble_${double}.so`);

function headscope(double: Double, args: string[]): Promise<{ status: number; answer: Record<string, unknown> }> {
  const env = { ...process.env, HEADSCOPE_CUDA_LIBRARY: library(double) };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'bin', 'headscope.mjs'), ...args, '--json'], { env }, (error, out) => {
      resolve({ status: error === null ? 0 : Number(error.code), answer: JSON.parse(out) });
    });
  });
}
const prefill = (double: Double, ...more: string[]) => headscope(double, ['prefill', '--model', model, '--tokens', ids, ...more]);

async function doctorsCuda(double: Double): Promise<unknown> {
  const { status, answer } = await headscope(double, ['doctor']);
  expect(status).toBe(0);
  const checks = Array.isArray(answer.checks) ? answer.checks : [];
  return checks.find((check: { name: string }) => check.name === 'CUDA');
}

beforeAll(() => {
  writeFileSync(ids, JSON.stringify(Array.from({ length: 100 }, (_, i) => 3 + ((i * 17) % 2900))));
  const targets = DOUBLES.filter((double) => !existsSync(library(double))).map((double) => `double_${double}`);
  if (targets.length > 0) execFileSync('cmake', ['--build', join(root, 'build', 'release'), '--target', ...targets], { stdio: 'ignore' });
  // Builds the command line where it is stale, so that no test below waits for it.
  execFileSync(process.execPath, [join(root, 'bin', 'headscope.mjs'), '--version'], { stdio: 'ignore' });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a CUDA library that cannot be used', () => {
  const cases: [Double, RegExp][] = [
    ['wrong_abi', /It is of version \d+; this program needs \d+/],
    ['crashes_at_load', /died when it was tried/],
  ];
  it.each(cases)('%s: auto computes on the processor and says why, cuda is refused, doctor tells', async (double, why) => {
    const [auto, asked, cuda] = await Promise.all([prefill(double), prefill(double, '--backend', 'cuda'), doctorsCuda(double)]);
    expect(auto).toMatchObject({ status: 0, answer: { notes: [expect.stringMatching(/^Computed on the processor, not with CUDA: /)] } });
    expect(JSON.stringify(auto.answer)).toMatch(why);
    expect(asked).toMatchObject({ status: 1, answer: { error: { code: 'BACKEND_UNAVAILABLE', message: expect.stringMatching(why) } } });
    expect(cuda).toMatchObject({ ok: true, detail: expect.stringMatching(/^not used\. /) });
    expect(JSON.stringify(cuda)).toMatch(why);
  });

  it('is not spoken of where there is no device for it, but to who asks', async () => {
    const [auto, asked, cuda] = await Promise.all([
      prefill('no_device'),
      prefill('no_device', '--backend', 'cuda'),
      doctorsCuda('no_device'),
    ]);
    const why = /There is no device of this kind/;
    expect(auto).toMatchObject({ status: 0, answer: { notes: [] } });
    expect(asked).toMatchObject({ status: 1, answer: { error: { code: 'BACKEND_UNAVAILABLE', message: expect.stringMatching(why) } } });
    expect(cuda).toMatchObject({ ok: true, detail: expect.stringMatching(why) });
  });

  it('is no matter to who asks for the processor', async () => {
    expect(await prefill('crashes_at_load', '--backend', 'cpu')).toMatchObject({ status: 0, answer: { notes: [] } });
  });
});

describe('a CUDA library that can be used', () => {
  it('is what auto takes, and doctor names its device', async () => {
    const logits = (name: string) => join(folder, name);
    const run = (name: string, backend: string) => prefill('works', '--backend', backend, '--logits', logits(name));
    const [auto, cuda, cpu, check] = await Promise.all([
      run('auto.npy', 'auto'),
      run('cuda.npy', 'cuda'),
      run('cpu.npy', 'cpu'),
      doctorsCuda('works'),
    ]);
    for (const { status, answer } of [auto, cuda, cpu]) expect({ status, notes: answer.notes }).toEqual({ status: 0, notes: [] });
    const { answer } = await headscope('works', ['inspect', model, '--tokens', '100']);
    expect(answer.plan).toMatchObject({
      backends: expect.arrayContaining([
        expect.objectContaining({ name: 'cuda', available: true, times: expect.objectContaining({ totalMs: expect.any(Number) }) }),
      ]),
    });
    // The double computes with the processor's kernels.
    expect(readFileSync(logits('cuda.npy')).equals(readFileSync(logits('cpu.npy')))).toBe(true);
    expect(check).toMatchObject({ ok: true, detail: 'Double, sm_80, 24.0 GiB' });
  });
});
