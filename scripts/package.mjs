// The packaged desktop application (build/package): the unpacked folder and a tar.gz of it, made by electron-builder from a given
// Electron folder. usage: npm run package [-- --electron DIR]; without it, the Electron that npm has fetched.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildStale } from './build-stale.mjs';
import { electronBinary } from './electron-binary.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const packaging = join(root, 'packaging');
const work = join(root, 'build', 'package');
const { values } = parseArgs({ options: { electron: { type: 'string' } } });

function refuse(sentence) {
  process.stderr.write(`package: ${sentence}\n`);
  process.exit(1);
}

function run(command, args, options = {}) {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 2, 2], ...options });
  if (status !== 0) refuse(`${command} ${args.join(' ')} failed.`);
}

const binary = values.electron ? join(resolve(values.electron), 'electron') : electronBinary(root);
if (binary === null)
  refuse('there is no Electron here. Fetch it with npx install-electron, or name a folder: npm run package -- --electron DIR');
const electronDist = dirname(binary);
if (!existsSync(binary) || !existsSync(join(electronDist, 'version'))) refuse(`${electronDist} holds no Electron (electron and version).`);
const electronVersion = readFileSync(join(electronDist, 'version'), 'utf8').trim().replace(/^v/, '');
const builder = join(packaging, 'node_modules', 'electron-builder', 'cli.js');
if (!existsSync(builder)) refuse('the packer is not installed. Install it with: npm ci --prefix packaging');
if (!(await buildStale(root, { renderer: true, desktop: true }))) process.exit(1);

/** What is packed, laid out as electron/main/places.ts expects it. */
function stage() {
  rmSync(work, { recursive: true, force: true });
  const app = join(work, 'app');
  const resources = join(work, 'resources');
  const copies = [
    [join('out', 'desktop', 'main.cjs'), join(app, 'out', 'desktop', 'main.cjs')],
    [join('out', 'desktop', 'preload.cjs'), join(app, 'out', 'desktop', 'preload.cjs')],
    [join('out', 'renderer'), join(app, 'out', 'renderer')],
    [join('out', 'desktop', 'engine.cjs'), join(resources, 'engine', 'engine.cjs')],
    [join('out', 'desktop', 'probe.cjs'), join(resources, 'engine', 'probe.cjs')],
    [join('out', 'desktop', 'tokenizer-worker.mjs'), join(resources, 'engine', 'tokenizer-worker.mjs')],
    [join('build', 'release', 'headscope.node'), join(resources, 'engine', 'headscope.node')],
    [join('build', 'release', 'headscope-probe'), join(resources, 'engine', 'headscope-probe')],
    [join('assets', 'prompts'), join(resources, 'assets', 'prompts')],
    [join('assets', 'icons', '256x256.png'), join(resources, 'assets', 'icons', '256x256.png')],
    ['LICENSE', join(resources, 'licences', 'LICENSE')],
    // Of others' code and letters in it; Electron's and Chromium's lie beside the program.
    [join('out', 'renderer', 'licences.md'), join(resources, 'licences', 'interface.md')],
    [join('out', 'desktop', 'engine.cjs.licences.md'), join(resources, 'licences', 'engine.md')],
    [join('out', 'desktop', 'tokenizer-worker.mjs.licences.md'), join(resources, 'licences', 'tokenizer.md')],
    [join('node_modules', '@fontsource', 'inter', 'LICENSE'), join(resources, 'licences', 'Inter.txt')],
  ];
  for (const [from, to] of copies) {
    if (!existsSync(join(root, from))) refuse(`${from} is missing. Build it with: npm run build`);
    cpSync(join(root, from), to, { recursive: true });
  }
  // How the bundled model was trained is documentation of the repository, not part of the program.
  cpSync(join(root, 'assets', 'demo-model'), join(resources, 'assets', 'demo-model'), {
    recursive: true,
    filter: (path) => !/[\\/](recipe|train)$/.test(path),
  });
  const { version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const manifest = { name: 'headscope', productName: 'Headscope', version, description, license, main: 'out/desktop/main.cjs' };
  writeFileSync(join(app, 'package.json'), `${JSON.stringify({ ...manifest, author: 'Headscope' }, null, 2)}\n`);
  return { app, version };
}

const { app, version } = stage();
const config = {
  ...JSON.parse(readFileSync(join(packaging, 'electron-builder.json'), 'utf8')),
  electronDist,
  electronVersion,
  extraResources: ['engine', 'assets', 'licences'].map((to) => ({ from: join(work, 'resources', to), to })),
  afterPack: join(packaging, 'after-pack.cjs'),
  directories: { app, output: join(work, 'dist'), buildResources: packaging },
};
const configFile = join(work, 'electron-builder.json');
mkdirSync(work, { recursive: true });
writeFileSync(configFile, `${JSON.stringify(config, null, 2)}\n`);
run(process.execPath, [builder, '--linux', 'dir', '--x64', '--config', configFile, '--publish', 'never'], { cwd: packaging });

const unpacked = join(work, 'dist', 'linux-unpacked');
if (!existsSync(join(unpacked, 'headscope'))) refuse(`${unpacked} was not made.`);
const name = `headscope-${version}-linux-x64`;
const archive = join(work, `${name}.tar.gz`);
// Sorted, without owners: the same parts make the same archive.
const epoch = process.env.SOURCE_DATE_EPOCH ?? '0';
const sorted = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${epoch}`, `--transform=s,^\\.,${name},`];
run('tar', [...sorted, '-C', unpacked, '-czf', archive, '.']);
process.stdout.write(`${unpacked}\n${archive}\n`);
