import { describe, expect, it } from 'vitest';
import { keysText } from '../ui/Kbd.tsx';
import { allCommands } from './commands/all_commands.ts';
import { acceleratorOf, commandFor, isTyping, type KeyPress, pressMatches } from './keyboard.ts';

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});
const idFor = (key: KeyPress, options = {}) => commandFor(key, allCommands, { mac: false, ...options })?.id;

describe('keys', () => {
  it('are matched with exactly the modifiers written', () => {
    expect(pressMatches(press('z', { ctrlKey: true }), 'Mod+Z', false)).toBe(true);
    expect(pressMatches(press('Z', { ctrlKey: true, shiftKey: true }), 'Mod+Z', false)).toBe(false);
    expect(pressMatches(press('z', { metaKey: true }), 'Mod+Z', true)).toBe(true);
    expect(pressMatches(press('z', { ctrlKey: true }), 'Mod+Z', true)).toBe(false);
    expect(pressMatches(press('m'), 'M', false)).toBe(true);
    expect(pressMatches(press('M', { shiftKey: true }), 'M', false)).toBe(false);
  });

  it('take signs as they are typed, whatever Shift', () => {
    expect(idFor(press('?', { shiftKey: true }))).toBe('help.keys');
    expect(idFor(press('{', { shiftKey: true }))).toBe('go.previousLayer');
    expect(idFor(press('['))).toBe('go.previousHead');
    expect(idFor(press('+', { shiftKey: true }))).toBe('map.zoomIn');
    expect(idFor(press('='))).toBe('map.zoomIn');
  });

  it('leave text fields their letters, their undo and their Escape', () => {
    const inText = { inText: true };
    expect(idFor(press('m'), inText)).toBeUndefined();
    expect(idFor(press('z', { ctrlKey: true }), inText)).toBeUndefined();
    expect(idFor(press('Escape'), inText)).toBeUndefined();
    expect(idFor(press('k', { ctrlKey: true }), inText)).toBe('view.palette');
    expect(idFor(press('F6'), inText)).toBe('go.nextRegion');
  });

  it('are silent as letters where the user switched them off, but for the sheet that says how', () => {
    expect(idFor(press('m'), { letters: false })).toBeUndefined();
    expect(idFor(press('?'), { letters: false })).toBe('help.keys');
    expect(idFor(press('z', { ctrlKey: true }), { letters: false })).toBe('config.undo');
  });

  it('belong to one command each', () => {
    const owners = new Map<string, string>();
    for (const { id, keys = [] } of allCommands) {
      for (const key of keys) {
        expect(owners.get(key), `${key} of ${id}`).toBeUndefined();
        owners.set(key, id);
      }
    }
    expect(new Set(allCommands.map(({ id }) => id)).size).toBe(allCommands.length);
  });

  it('are written for people and for the menu', () => {
    expect(keysText('Mod+Shift+Z', false)).toBe('Ctrl Shift Z');
    expect(keysText('Mod+Shift+Z', true)).toBe('⌘ ⇧ Z');
    expect(keysText('Mod++', false)).toBe('Ctrl +');
    expect(acceleratorOf('Mod+Shift+E')).toBe('CmdOrCtrl+Shift+E');
    expect(acceleratorOf('+')).toBe('Plus');
    expect(acceleratorOf('Shift+ArrowUp')).toBe('Shift+Up');
    expect(isTyping('Shift+M')).toBe(true);
    expect(isTyping('F6')).toBe(false);
  });
});
