// The screens that only the desktop application has, with the tests' Electron: models of the Hugging Face cache, recent files, and a
// saved run to be deleted. usage: node scripts/desktop-screens.mjs FOLDER [NAME ...], with a screen (xvfb-run); called by screenshots.mjs.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron } from 'playwright-core';
import { closeRun, command, measured } from './screens.mjs';
import { SIZES, takeScreens } from './take-screens.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const model = join(root, 'assets', 'demo-model');
const [folder, ...words] = process.argv.slice(2);
const place = mkdtempSync(join(tmpdir(), 'headscope-screens-'));
const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** A model as the hub's tools keep it; `edit` changes its config. */
function cached(name, edit = (text) => text) {
  const repository = join(place, 'huggingface', 'hub', `models--${name.replace('/', '--')}`);
  const snapshot = join(repository, 'snapshots', COMMIT);
  cpSync(model, snapshot, { recursive: true, filter: (path) => !/[\\/]train$/.test(path) });
  const config = join(snapshot, 'config.json');
  writeFileSync(config, edit(readFileSync(config, 'utf8')));
  mkdirSync(join(repository, 'refs'));
  writeFileSync(join(repository, 'refs', 'main'), COMMIT);
}

function savedRun(name) {
  const prompt = join(place, `${name}.txt`);
  writeFileSync(prompt, readFileSync(join(root, 'assets', 'prompts', 'mixed.txt'), 'utf8').slice(0, 4_000));
  const program = [join(root, 'out', 'cli', 'main.mjs'), 'prefill', '--model', model, '--prompt-file', prompt];
  const { status, stderr } = spawnSync(process.execPath, [...program, '--save-run', join(place, name)], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

cached('example/demo-model');
cached('example/state-space-1b', (text) => text.replace('"model_type": "llama"', '"model_type": "mamba"'));
savedRun('first-words');

const pressEscape = (page) => page.keyboard.press('Escape');
const screens = (app) => [
  {
    name: 'desktop-start',
    show: async (page) => {
      await app.evaluate(
        ({ dialog }, chosen) => {
          dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] });
        },
        join(place, 'first-words'),
      );
      await command(page, 'Open a saved run …');
      await page.getByRole('button', { name: 'Run: first-words' }).waitFor();
      await measured(page);
      await closeRun(page);
      await closeRun(page);
      await page.getByRole('heading', { name: 'Hugging Face cache' }).waitFor();
    },
  },
  {
    name: 'desktop-delete-run',
    floating: true,
    show: async (page) => {
      await page.getByRole('button', { name: 'Delete first-words from disk' }).click();
      await page.getByRole('dialog').waitFor();
    },
    leave: pressEscape,
  },
  {
    name: 'desktop-new-run',
    floating: true,
    show: async (page) => {
      await command(page, 'New run');
      await page.getByRole('dialog').getByRole('combobox', { name: 'Model' }).click();
      await page.getByRole('option').first().waitFor();
    },
    leave: async (page) => {
      await pressEscape(page);
      await pressEscape(page);
    },
  },
];

const total = { taken: 0, failed: 0 };
for (const size of SIZES) {
  const profile = join(place, `profile-${size.width}`);
  const app = await _electron.launch({
    args: [join(root, 'out', 'desktop', 'main.cjs'), `--user-data-dir=${profile}`],
    cwd: root,
    env: { ...process.env, HF_HOME: join(place, 'huggingface') },
  });
  const page = await app.firstWindow();
  page.setDefaultTimeout(20_000);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await app.evaluate(({ BrowserWindow }, { width, height }) => {
    const [window] = BrowserWindow.getAllWindows();
    window.setMinimumSize(width, height);
    window.setContentSize(width, height);
  }, size);
  await measured(page);
  const { taken, failed } = await takeScreens(page, size, screens(app), folder, words);
  total.taken += taken;
  total.failed += failed;
  // A config with edits asks before it closes, and waits for an answer.
  await app.evaluate(({ dialog }) => {
    dialog.showMessageBoxSync = () => 1;
  });
  await app.close();
}
rmSync(place, { recursive: true, force: true });
process.stdout.write(`${total.taken} pictures of the desktop application${total.failed > 0 ? `, ${total.failed} failures` : ''}\n`);
process.exit(total.failed > 0 ? 1 : 0);
