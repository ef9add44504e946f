import { describe, expect, it } from 'vitest';
import * as allowed from './ipc_arguments.ts';

describe('what the interface may say', () => {
  it('names files without a path', () => {
    expect(allowed.suggestedName.parse('llama 3.1 [v2].headscope.json')).toBe('llama 3.1 [v2].headscope.json');
    expect(allowed.suggestedName.parse('../../etc/passwd')).toBe('..-..-etc-passwd');
    expect(allowed.suggestedName.parse('a\u0000b\nc')).toBe('a-b-c');
    expect(allowed.suggestedName.safeParse('').success).toBe(false);
    expect(allowed.suggestedName.safeParse('x'.repeat(256)).success).toBe(false);
  });

  it('sends pictures as bytes', () => {
    expect(allowed.savedPng.safeParse({ suggestedName: 'map.png', bytes: new Uint8Array(3) }).success).toBe(true);
    expect(allowed.savedPng.safeParse({ suggestedName: 'map.png', bytes: [1, 2, 3] }).success).toBe(false);
  });

  it('keeps small preferences', () => {
    expect(allowed.preferences.parse({ theme: 'dark', limits: [0, 1] })).toEqual({ theme: 'dark', limits: [0, 1] });
    for (const wrong of [null, 'dark', ['dark'], { large: 'x'.repeat(1 << 20) }]) {
      expect(allowed.preferences.safeParse(wrong).success).toBe(false);
    }
  });

  it('fills menus with commands of the known shape', () => {
    const command = { id: 'a', title: 'A', menu: 'file', enabled: true };
    expect(allowed.menuCommands.parse([{ ...command, group: undefined }])).toEqual([command]);
    for (const wrong of [{ ...command, menu: 'system' }, { ...command, click: 'x' }, { ...command, accelerator: '⌘O' }, { id: 'a' }]) {
      expect(allowed.menuCommands.safeParse([wrong]).success).toBe(false);
    }
  });

  it('filters dialogs by plain extensions', () => {
    expect(allowed.fileKind.safeParse({ label: 'Prompt', extensions: ['txt', 'md'] }).success).toBe(true);
    expect(allowed.fileKind.safeParse({ label: 'Prompt', extensions: ['../x'] }).success).toBe(false);
  });
});
