// Builds the CUDA backend, build/cuda/libheadscope_cuda.so, with the CMake preset `cuda`. A GPU is not needed, nvcc is.
// With --test it also builds and runs the preset's tests: the emulator's, the kernels' on the emulator, and, where there is a device, on it.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNvcc } from './find-nvcc.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const test = process.argv.includes('--test');

const nvcc = findNvcc();
if (nvcc.why) {
  process.stderr.write(`headscope: the CUDA backend cannot be built: ${nvcc.why}\n`);
  process.exit(1);
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env: { ...process.env, CUDACXX: nvcc.path } });
  if (error) process.stderr.write(`headscope: ${command} did not start: ${error.message}\n`);
  if (status !== 0) {
    process.stderr.write(
      `headscope: the CUDA backend ${command === 'ctest' ? 'failed its tests' : 'was not built'}; the messages above say why.\n`,
    );
    process.exit(1);
  }
}

const generator = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
const jobs = process.env.CMAKE_BUILD_PARALLEL_LEVEL ?? '2';
run('cmake', ['--preset', 'cuda', ...generator, '-Wno-dev']);
run('cmake', ['--build', '--preset', 'cuda', '-j', jobs, ...(test ? [] : ['--target', 'headscope_cuda'])]);
if (test) run('ctest', ['--preset', 'cuda']);
