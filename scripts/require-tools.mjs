// Names the build tools a machine lacks and the line that installs them; with --install, as root on Debian, installs them.
import { spawnSync } from 'node:child_process';

const needed = [
  { command: 'g++', package: 'g++' },
  { command: 'cmake', package: 'cmake' },
  { command: 'make', package: 'make' },
];
const missing = () => needed.filter(({ command }) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status !== 0);

const lacking = missing();
if (lacking.length > 0) {
  const packages = lacking.map((tool) => tool.package);
  const line = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const isRoot = process.getuid?.() === 0;
  const hasApt = spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;
  if (process.argv.includes('--install') && isRoot && hasApt) {
    process.stderr.write(`Installing what is missing: ${line}\n`);
    spawnSync('sh', ['-c', line], { stdio: ['ignore', 2, 2] });
  }
  const still = missing();
  if (still.length > 0) {
    process.stderr.write(
      `Missing: ${still.map((tool) => tool.command).join(', ')}. Install with:\n  ${isRoot ? '' : 'sudo '}sh -c '${line}'\n`,
    );
    process.exit(1);
  }
}
