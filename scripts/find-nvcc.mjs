// Where CUDA's compiler is, and whether it is new enough.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const OLDEST = [12, 4];

/** { path, version } of an nvcc that can build the CUDA backend, or { why } there is none. */
export function findNvcc(environment = process.env) {
  const homes = [
    environment.CUDACXX,
    environment.CUDA_HOME && join(environment.CUDA_HOME, 'bin', 'nvcc'),
    'nvcc',
    '/usr/local/cuda/bin/nvcc',
  ];
  for (const path of homes.filter(Boolean)) {
    const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8' });
    if (status !== 0) continue;
    const [, major, minor] = /release (\d+)\.(\d+)/.exec(stdout) ?? [];
    if (Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1]))
      return { path, version: `${major}.${minor}` };
    return { why: `nvcc ${major}.${minor} (${path}) is too old: ${OLDEST.join('.')} or newer is needed.` };
  }
  return { why: `nvcc was not found. Install the CUDA toolkit, ${OLDEST.join('.')} or newer, and put nvcc on the PATH or set CUDA_HOME.` };
}
