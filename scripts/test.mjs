// Every check of the repository, in order of cost, and one line of totals at the end. HEADSCOPE_TEST_ONLY=lint,types,... runs a part.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNvcc } from './find-nvcc.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const results = join(root, 'build', 'test-results');
mkdirSync(results, { recursive: true });
const only = process.env.HEADSCOPE_TEST_ONLY?.split(',');
const totals = { passed: 0, failed: 0, skipped: 0 };

function run(command, args, extra = {}) {
  return spawnSync(command, args, { cwd: root, stdio: 'inherit', ...extra }).status === 0;
}

/** A step whose exit status is its one result. */
function single(name, command, args) {
  const ok = run(command, args);
  totals[ok ? 'passed' : 'failed'] += 1;
  return `${name}: ${ok ? 'ok' : 'FAILED'}`;
}

function ctest(preset, { settings = [], targets = [], selection = [] } = {}) {
  const junit = join(results, `${preset}.xml`);
  const generator = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
  const ok =
    run('cmake', ['--preset', preset, ...generator, '-Wno-dev', ...settings], { stdio: ['ignore', 'ignore', 'inherit'] }) &&
    run('cmake', ['--build', '--preset', preset, '-j', '2', ...targets], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (!ok) {
    totals.failed += 1;
    return `ctest ${preset}: build FAILED`;
  }
  run('ctest', ['--preset', preset, '-j', '2', ...selection, '--output-junit', junit]);
  const suite = existsSync(junit) ? readFileSync(junit, 'utf8') : '';
  const count = (key) => Number(new RegExp(`<testsuite[^>]*\\b${key}="(\\d+)"`).exec(suite)?.[1] ?? Number.NaN);
  const tests = count('tests');
  if (!(tests > 0)) {
    totals.failed += 1;
    return `ctest ${preset}: no result file`;
  }
  const failed = count('failures');
  const skipped = count('skipped') + count('disabled');
  totals.failed += failed;
  totals.skipped += skipped;
  totals.passed += tests - failed - skipped;
  return `ctest ${preset}: ${tests - failed - skipped} passed, ${failed} failed, ${skipped} skipped`;
}

/** The CUDA backend compiled for every architecture, and ptxas held to its word. What runs on the emulator ran under the other presets. */
function cuda() {
  const nvcc = findNvcc();
  if (nvcc.why) {
    totals.skipped += 1;
    return `cuda: skipped, ${nvcc.why}`;
  }
  process.env.CUDACXX ??= nvcc.path;
  return ctest('cuda', { targets: ['--target', 'headscope_cuda_all'], selection: ['-E', '^(emulator|emulated)/'] });
}

/** Runs vitest; its report by file, or null where it left none. `name`: of the result file; `before`: a command that runs vitest in its turn. */
function reported(name, args, before) {
  const file = join(results, `${name}.json`);
  rmSync(file, { force: true });
  const [command, ...rest] = [
    ...before,
    bin('vitest'),
    'run',
    ...args,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ];
  run(command, rest);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testResults : null;
}

/** Adds what the files' tests came to; a file that failed before its first test counts as one. */
function counted(name, files) {
  const tests = files.flatMap((file) => file.assertionResults);
  const count = (...states) => tests.filter(({ status }) => states.includes(status)).length;
  const broken = files.filter(
    (file) => file.status === 'failed' && file.assertionResults.every(({ status }) => status !== 'failed'),
  ).length;
  const [passed, failed, skipped] = [count('passed'), count('failed') + broken, count('pending', 'skipped', 'todo', 'disabled')];
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  return `${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`;
}

function vitest(name, args = [], before = []) {
  const files = reported(name, args, before);
  if (files) return counted(name, files);
  totals.failed += 1;
  return `${name}: no result file`;
}

/** A browser on a machine that does other things may once be too late. A session that fails begins again, once, and is named where it then
 * passes: it is to be mended all the same. */
function sessions(name, args, before) {
  const first = reported(name, args, before);
  const failed = (first ?? []).filter(({ status }) => status === 'failed').map((file) => file.name);
  const second = failed.length > 0 ? reported(`${name}-again`, [...args, ...failed], before) : null;
  if (!first) {
    totals.failed += 1;
    return `${name}: no result file`;
  }
  if (!second) return counted(name, first);
  const line = counted(name, [...first.filter((file) => !failed.includes(file.name)), ...second]);
  const late = second.filter(({ status }) => status === 'passed').map((file) => relative(root, file.name));
  return late.length > 0 ? `${line}; passed the second time only: ${late.join(', ')}` : line;
}

/** What runs on Node, in a page and in a window; the tests below start them as users do. */
function builds() {
  const scripts = ['build-cli.mjs', 'build-renderer.mjs', 'build-desktop.mjs'];
  const broken = scripts.filter((script) => !run(process.execPath, [join('scripts', script)]));
  totals[broken.length === 0 ? 'passed' : 'failed'] += 1;
  return `builds: ${broken.length === 0 ? 'ok' : `${broken.join(', ')} FAILED`}`;
}

/** What a browser, a window and a packed application need is fetched where that is possible; what stays absent is skipped aloud. */
function e2e() {
  run(process.execPath, ['scripts/require-tools.mjs', '--e2e', '--install']);
  run('bash', ['scripts/get-test-electron.sh']);
  if (!existsSync(join(root, 'packaging', 'node_modules'))) run('npm', ['ci', '--prefix', 'packaging', '--no-audit', '--no-fund']);
  const hasScreen = process.env.DISPLAY !== undefined || spawnSync('xvfb-run', ['--help'], { stdio: 'ignore' }).error !== undefined;
  return sessions('e2e', ['--config', 'test/e2e/vitest.config.ts'], hasScreen ? [] : ['xvfb-run', '-a']);
}

const steps = {
  lint: () => single('lint', bin('biome'), ['ci', '.']),
  types: () => single('types', process.execPath, ['scripts/typecheck.mjs']),
  native: () => single('native build', process.execPath, ['scripts/build-native.mjs']),
  builds: () => builds(),
  ctest: () => ctest('release'),
  // The emulated kernels ran in the step before, every access checked by the emulator itself; under ASan they take minutes.
  asan: () => ctest('asan', { settings: ['-DHEADSCOPE_EMULATED=OFF'] }),
  cuda: () => cuda(),
  vitest: () => vitest('vitest'),
  e2e,
};

/** What does not run with the rest, and why. */
const apart = {
  cuda: 'the Hopper attention kernel for heads of 128 spills 8 bytes on sm_90a; run it with: npm run test:cuda-host',
};

if (!run(process.execPath, ['scripts/require-tools.mjs', '--install'])) process.exit(1);
const lines = [];
for (const [name, step] of Object.entries(steps)) {
  const why = only ? !only.includes(name) && 'not in HEADSCOPE_TEST_ONLY' : apart[name];
  if (why) {
    totals.skipped += 1;
    lines.push(`${name}: skipped, ${why}`);
    continue;
  }
  const start = Date.now();
  process.stdout.write(`\n== ${name}\n`);
  const line = step();
  lines.push(`${line} (${((Date.now() - start) / 1000).toFixed(0)} s)`);
}
process.stdout.write(`\n${lines.join('\n')}\n`);
process.stdout.write(`${totals.passed} passed, ${totals.failed} failed${totals.skipped ? `, ${totals.skipped} skipped` : ''}\n`);
process.exit(totals.failed ? 1 : 0);
