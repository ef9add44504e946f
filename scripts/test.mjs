// Every check of the repository, in order of cost, and one line of totals at the end. HEADSCOPE_TEST_ONLY=lint,types,... runs a part.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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

function ctest(preset) {
  const junit = join(results, `${preset}.xml`);
  const generator = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
  const ok =
    run('cmake', ['--preset', preset, ...generator, '-Wno-dev'], { stdio: ['ignore', 'ignore', 'inherit'] }) &&
    run('cmake', ['--build', '--preset', preset, '-j', '2'], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (!ok) {
    totals.failed += 1;
    return `ctest ${preset}: build FAILED`;
  }
  run('ctest', ['--preset', preset, '--output-junit', junit]);
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

function vitest() {
  const file = join(results, 'vitest.json');
  run(bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`]);
  if (!existsSync(file)) {
    totals.failed += 1;
    return 'vitest: no result file';
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  const brokenFiles = report.testResults.filter((f) => f.status === 'failed' && f.assertionResults.length === 0).length;
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests + brokenFiles;
  totals.skipped += report.numPendingTests + report.numTodoTests;
  return `vitest: ${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles} failed, ${report.numPendingTests} skipped`;
}

const steps = {
  lint: () => single('lint', bin('biome'), ['ci', '.']),
  types: () => single('types', process.execPath, ['scripts/typecheck.mjs']),
  native: () => single('native build', process.execPath, ['scripts/build-native.mjs']),
  cli: () => single('cli build', process.execPath, ['scripts/build-cli.mjs']),
  ctest: () => ctest('release'),
  asan: () => ctest('asan'),
  vitest,
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
