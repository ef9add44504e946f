// From a key event to a command. 'Mod' is Ctrl, on a Mac the command key. Letters without it act outside text fields, and can be
// switched off (WCAG 2.1.4). A view that handles a key itself prevents the default, and the registry then leaves it alone.
import { preferencesStore } from '../state/preferences.ts';
import { blockedBecause, type Command, commandsStore, runCommand } from './command_registry.ts';

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

interface Chord {
  key: string;
  mod: boolean;
  shift: boolean;
  alt: boolean;
}

export function parseKeys(keys: string): Chord {
  const plus = keys === '+' || keys.endsWith('++');
  const parts = plus ? [...keys.slice(0, -1).split('+').filter(Boolean), '+'] : keys.split('+');
  const key = parts.at(-1) ?? '';
  const held = new Set(parts.slice(0, -1));
  return { key, mod: held.has('Mod'), shift: held.has('Shift'), alt: held.has('Alt') };
}

const isMac = () => typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

/** Signs such as '{' and '?' stand for themselves, whatever it takes to type them; letters and named keys want Shift as written. */
export function pressMatches(press: KeyPress, keys: string, mac = isMac()): boolean {
  const chord = parseKeys(keys);
  const mod = mac ? press.metaKey : press.ctrlKey;
  const other = mac ? press.ctrlKey : press.metaKey;
  if (mod !== chord.mod || other || press.altKey !== chord.alt) return false;
  const sign = chord.key.length === 1 && chord.key.toLowerCase() === chord.key.toUpperCase();
  if (sign && !chord.shift) return press.key === chord.key;
  return press.key.toLowerCase() === chord.key.toLowerCase() && press.shiftKey === chord.shift;
}

export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['button', 'checkbox', 'radio', 'range'].includes(target.type);
}

/** A chord that types something: it belongs to text fields, and to users who switched such keys off. */
export function isTyping(keys: string): boolean {
  const { key, mod, alt } = parseKeys(keys);
  return !mod && !alt && key.length === 1;
}

export function commandFor(
  press: KeyPress,
  commands: readonly Command[],
  { inText = false, letters = true, mac = isMac() } = {},
): Command | null {
  for (const command of commands) {
    for (const keys of command.keys ?? []) {
      if (!pressMatches(press, keys, mac)) continue;
      const { key, mod } = parseKeys(keys);
      // In a text field everything but chords with Ctrl, F-keys included, belongs to the field; of those, undo and redo too.
      if (inText && (!mod || ['z', 'y', 'a', 'c', 'v', 'x'].includes(key.toLowerCase())) && !/^F\d/.test(key)) continue;
      if (isTyping(keys) && !letters && keys !== '?') continue;
      return command;
    }
  }
  return null;
}

/** Enter, Space and arrows belong to the control that has the focus. */
const CONTROL_KEYS = new Set(['Enter', ' ', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight', 'Home', 'End', 'PageUp', 'PageDown']);
const CONTROLS =
  'button, a[href], input, select, [role="slider"], [role="grid"], [role="separator"], [role="tab"], [role="listbox"], [role="option"]';

export function listenForKeys(target: Window): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.isComposing) return;
    const inside = event.target instanceof Element ? event.target : null;
    if (inside?.closest('[role="dialog"], [role="menu"]')) return;
    const chordless = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (chordless && CONTROL_KEYS.has(event.key) && inside?.closest(CONTROLS)) return;
    const { letterKeys } = preferencesStore.getState();
    const command = commandFor(event, commandsStore.getState().commands, { inText: isTextField(event.target), letters: letterKeys });
    if (!command) return;
    // A blocked command still owns its key: Ctrl+S must not fall through to the browser.
    if (blockedBecause(command) === undefined) runCommand(command.id);
    event.preventDefault();
  };
  target.addEventListener('keydown', onKey);
  return () => target.removeEventListener('keydown', onKey);
}

/** 'Mod+Shift+Z' in Electron's notation. */
export function acceleratorOf(keys: string): string {
  const { key, mod, shift, alt } = parseKeys(keys);
  const name = key === '+' ? 'Plus' : key === ' ' ? 'Space' : key.replace(/^Arrow/, '');
  return [mod && 'CmdOrCtrl', alt && 'Alt', shift && 'Shift', name.length === 1 ? name.toUpperCase() : name].filter(Boolean).join('+');
}
