// Type-checks every project of the tree; each room sees only the library types it deserves.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const projects = ['engine/protocol', 'engine', 'renderer', 'electron/main', 'electron/preload', 'test', 'test/e2e', 'bench/ui'];
let failed = 0;
for (const project of projects) {
  const { status } = spawnSync(join(root, 'node_modules', '.bin', 'tsc'), ['--noEmit', '-p', join(root, project)], { stdio: 'inherit' });
  process.stdout.write(`typecheck ${project}: ${status === 0 ? 'ok' : 'failed'}\n`);
  if (status !== 0) failed += 1;
}
process.exit(failed ? 1 : 0);
