// What a user waits for on the bundled model: search, memory of a long prefill, the demo.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs the command line; resolves with seconds and the peak resident set in MB (VmHWM, polled every 50 ms). */
function measure(root, args) {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(process.execPath, [join(root, 'bin/headscope.mjs'), ...args], { cwd: root, stdio: 'ignore' });
    let peak = 0;
    const poll = setInterval(() => {
      try {
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0));
      } catch {
        // The process ended between two polls.
      }
    }, 50);
    child.on('error', reject);
    child.on('exit', (code) => {
      clearInterval(poll);
      if (code === 0) resolve({ seconds: (performance.now() - start) / 1000, megabytes: peak / 1024 });
      else reject(new Error(`headscope ${args[0]} ended with ${code}`));
    });
  });
}

function tokens(n) {
  return Array.from({ length: n }, (_, i) => 300 + ((i * 7919) % 2500));
}

/** Milliseconds from Ctrl-C to the end of a search that has begun to report heads. */
function cancelLatency(root, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(root, 'bin/headscope.mjs'), ...args, '--json'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let asked = 0;
    let lines = 0;
    child.stderr.on('data', (chunk) => {
      lines += String(chunk).includes('"search"') ? 1 : 0;
      if (asked === 0 && lines >= 2) {
        asked = performance.now();
        child.kill('SIGINT');
      }
    });
    child.on('error', reject);
    child.on('exit', (code) => {
      if (asked > 0 && code === 130) resolve(performance.now() - asked);
      else reject(new Error(`the search ended with ${code} before it could be cancelled`));
    });
  });
}

export async function benchProduct({ root }) {
  const folder = mkdtempSync(join(tmpdir(), 'headscope-bench-'));
  const file = (n) => {
    const path = join(folder, `${n}.json`);
    writeFileSync(path, JSON.stringify(tokens(n)));
    return path;
  };
  const model = join(root, 'assets/demo-model');
  const rows = [
    [
      'whole-model search, 4,096 tokens',
      ['search', '--model', model, '--tokens', file(4096), '--out', join(folder, 'config.json')],
      'seconds',
      60,
      's',
    ],
    ['prefill, 32,768 tokens, peak resident', ['prefill', '--model', model, '--tokens', file(32768)], 'megabytes', 2000, 'MB'],
    ['headscope demo', ['demo', '--out', join(folder, 'demo')], 'seconds', 120, 's'],
  ];
  let ok = true;
  try {
    for (const [name, args, key, bound, unit] of rows) {
      const result = await measure(root, args);
      ok = ok && result[key] <= bound;
      process.stdout.write(
        `${name.padEnd(44)} ${result[key].toFixed(1).padStart(8)} ${unit}   bound ${bound} ${unit}   (${result.seconds.toFixed(1)} s)\n`,
      );
    }
    const search = ['search', '--model', model, '--tokens', file(12000), '--out', join(folder, 'cancelled.json')];
    const latencies = [];
    for (let round = 0; round < 5; round += 1) latencies.push(await cancelLatency(root, search));
    const worst = Math.max(...latencies);
    ok = ok && worst <= 100;
    process.stdout.write(`${'cancel a search, Ctrl-C to exit, worst of 5'.padEnd(44)} ${worst.toFixed(1).padStart(8)} ms   bound 100 ms\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return ok;
}
