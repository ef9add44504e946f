import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { electronBinary, whyNoWindow } from './electron-binary.mjs';

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'headscope-electron-'));
  mkdirSync(join(root, 'node_modules', 'electron', 'dist'), { recursive: true });
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('what npm start opens', () => {
  it('finds an Electron where npm put it, or where it is told to look', () => {
    expect(electronBinary(root, {}, 'linux')).toBeNull();
    const installed = join(root, 'node_modules', 'electron', 'dist', 'electron');
    writeFileSync(installed, '');
    expect(electronBinary(root, {}, 'linux')).toBe(installed);
    const other = join(root, 'other');
    expect(electronBinary(root, { ELECTRON_OVERRIDE_DIST_PATH: other }, 'linux')).toBeNull();
    mkdirSync(other);
    writeFileSync(join(other, 'electron'), '');
    expect(electronBinary(root, { ELECTRON_OVERRIDE_DIST_PATH: other }, 'linux')).toBe(join(other, 'electron'));
  });

  it('says why it opens no window', () => {
    expect(whyNoWindow('/electron', { DISPLAY: ':0' }, 'linux', false)).toBeNull();
    expect(whyNoWindow('/electron', { WAYLAND_DISPLAY: 'w' }, 'linux', false)).toBeNull();
    expect(whyNoWindow('/electron', {}, 'darwin', false)).toBeNull();
    expect(whyNoWindow('/electron', {}, 'linux', false)).toMatch(/screen/);
    expect(whyNoWindow(null, { DISPLAY: ':0' }, 'linux', false)).toMatch(/npx install-electron/);
    expect(whyNoWindow('/electron', { DISPLAY: ':0' }, 'linux', true)).toMatch(/root/);
  });
});
