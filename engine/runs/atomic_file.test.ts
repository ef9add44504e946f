import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { rejectedError } from '../checkpoint/thrown_error.ts';
import { temporaryFolder } from '../checkpoint/tiny_checkpoint.ts';
import { AtomicFile, writeFileAtomic } from './atomic_file.ts';

describe('AtomicFile', () => {
  it('shows the old content until commit, the new one after', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.txt');
    await writeFileAtomic(path, 'old');
    const file = await AtomicFile.create(path);
    await file.write(new TextEncoder().encode('new '));
    await file.write(new TextEncoder().encode('text'));
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder).length).toBe(2);
    await file.commit();
    await file.discard();
    expect(readFileSync(path, 'utf8')).toBe('new text');
    expect(readdirSync(folder)).toEqual(['a.txt']);
    expect((await rejectedError(() => file.commit())).code).toBe('INTERNAL');
  });

  it('follows a symbolic link instead of replacing it', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'elsewhere', 'real'), 'old');
    symlinkSync('elsewhere/real', join(folder, 'link'));
    await writeFileAtomic(join(folder, 'link'), 'new');
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'elsewhere', 'real'), 'utf8')).toBe('new');
  });

  it('refuses folders, devices and places that are not there, leaving nothing', async () => {
    const folder = temporaryFolder();
    for (const path of [folder, '/dev/null', join(folder, 'absent', 'x'), join(folder, 'a\0b')]) {
      expect((await rejectedError(() => writeFileAtomic(path, 'x'))).code).toBe('FILE_WRITE_FAILED');
    }
    expect(existsSync('/dev/null')).toBe(true);
    expect(lstatSync('/dev/null').isFile()).toBe(false);
    if (process.getuid?.() !== 0) {
      chmodSync(folder, 0o500);
      expect((await rejectedError(() => writeFileAtomic(join(folder, 'x'), 'x'))).code).toBe('FILE_WRITE_FAILED');
      chmodSync(folder, 0o700);
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});
