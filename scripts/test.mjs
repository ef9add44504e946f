// Every check of the repository, in order of cost, and one line of totals at the end. HEADSCOPE_TEST_ONLY=lint,types,... runs a part.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
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

function ctest(preset, selection = [], targets = []) {
  const junit = join(results, `${preset}.xml`);
  const generator = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
  const ok =
    run('cmake', ['--preset', preset, ...generator, '-Wno-dev'], { stdio: ['ignore', 'ignore', 'inherit'] }) &&
    run('cmake', ['--build', '--preset', preset, '-j', '2', ...targets], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (!ok) {
    totals.failed += 1;
    return `ctest ${preset}: build FAILED`;
  }
  run('ctest', ['--preset', preset, ...selection, '--output-junit', junit]);
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
  return ctest('cuda', ['-E', '^(emulator|emulated)/'], ['--target', 'headscope_cuda_all']);
}

/** `name` is printed and names the result file; `before` is a command that runs vitest in its turn. */
function vitest(name, args = [], before = []) {
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
  if (!existsSync(file)) {
    totals.failed += 1;
    return `${name}: no result file`;
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const brokenFiles = report.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0).length;
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests + brokenFiles;
  totals.skipped += report.numPendingTests + report.numTodoTests;
  return `${name}: ${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles} failed, ${report.numPendingTests} skipped`;
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
  return vitest('e2e', ['--config', 'test/e2e/vitest.config.ts'], hasScreen ? [] : ['xvfb-run', '-a']);
}

const steps = {
  lint: () => single('lint', bin('biome'), ['ci', '.']),
  types: () => single('types', process.execPath, ['scripts/typecheck.mjs']),
  native: () => single('native build', process.execPath, ['scripts/build-native.mjs']),
  builds: () => builds(),
  ctest: () => ctest('release'),
  // The emulated kernels ran in the step before, every access checked by the emulator itself; under ASan they take minutes.
  asan: () => ctest('asan', ['-E', '^emulated/']),
  cuda: () => cuda(),
  vitest: () => vitest('vitest'),
  e2e,
};

if (!run(process.execPath, ['scripts/require-tools.mjs', '--install'])) process.exit(1);
const lines = [];
for (const [name, step] of Object.entries(steps)) {
  if (only && !only.includes(name)) {
    totals.skipped += 1;
    lines.push(`${name}: skipped, not in HEADSCOPE_TEST_ONLY`);
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
