import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MARKER, writeDemoFolder } from './demo_folder.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'headscope-demo-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const fillWith = (text: string) => async (folder: string) => writeFileSync(join(folder, 'report.html'), text);

describe("the demo's folder", () => {
  it('appears whole, and replaces an older one of its own', async () => {
    const target = join(root, 'below', 'demo');
    expect(await writeDemoFolder(target, fillWith('first'))).toBe(target);
    writeFileSync(join(target, 'left-over.txt'), '');
    await writeDemoFolder(target, fillWith('second'));
    expect(readFileSync(join(target, 'report.html'), 'utf8')).toBe('second');
    expect(readdirSync(target).sort()).toEqual([MARKER, 'maps', 'report.html']);
    expect(readdirSync(join(root, 'below'))).toEqual(['demo']);
  });

  it("takes an empty folder, and refuses one that is somebody's", async () => {
    const empty = join(root, 'empty');
    mkdirSync(empty);
    await writeDemoFolder(empty, fillWith('x'));
    expect(readdirSync(empty)).toContain('report.html');
    const theirs = join(root, 'theirs');
    mkdirSync(theirs);
    writeFileSync(join(theirs, 'thesis.tex'), 'years');
    await expect(writeDemoFolder(theirs, fillWith('x'))).rejects.toMatchObject({ code: 'FILE_WRITE_FAILED' });
    expect(readdirSync(theirs)).toEqual(['thesis.tex']);
    await expect(writeDemoFolder(join(theirs, 'thesis.tex'), fillWith('x'))).rejects.toMatchObject({ code: 'FILE_WRITE_FAILED' });
  });

  it('leaves the older one where filling fails', async () => {
    const target = join(root, 'demo');
    await writeDemoFolder(target, fillWith('first'));
    const failing = async (folder: string) => {
      writeFileSync(join(folder, 'half.txt'), '');
      throw new Error('stopped');
    };
    await expect(writeDemoFolder(target, failing)).rejects.toThrow(/stopped/);
    expect(readFileSync(join(target, 'report.html'), 'utf8')).toBe('first');
    expect(readdirSync(root)).toEqual(['demo']);
  });
});
