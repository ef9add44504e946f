// Commands are data: one list feeds the palette, the `?` sheet, menus, tooltips and the keyboard. A view registers its own.
import { createStore } from 'zustand/vanilla';
import { notifyError } from '../state/notices.ts';

export const COMMAND_GROUPS = ['Go', 'View', 'Map', 'Head', 'Config', 'Run', 'File', 'Help'] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

export interface Command {
  /** 'view.maskMode'; the same for ever: menus and tests name it. */
  id: string;
  /** Verb and object, sentence case. */
  title: string;
  group: CommandGroup;
  /** As keyboard.ts reads them: 'Mod+Z', 'Shift+M', '['. The first is shown. Single letters act outside text fields only. */
  keys?: readonly string[];
  /** True, or why it cannot run now. Absent: always. */
  when?: () => true | string;
  /** Set: it is on or off. */
  checked?: () => boolean;
  /** False: by key and menu only, such as panning. */
  inPalette?: boolean;
  /** More words to find it by. */
  words?: string;
  run: () => void | Promise<void>;
}

export interface CommandsState {
  commands: readonly Command[];
}

export const commandsStore = createStore<CommandsState>()(() => ({ commands: [] }));

/** Later ones with the id of earlier ones take their place. Returns what takes these off again. */
export function registerCommands(commands: readonly Command[]): () => void {
  const ids = new Set(commands.map((command) => command.id));
  commandsStore.setState((state) => ({ commands: [...state.commands.filter(({ id }) => !ids.has(id)), ...commands] }));
  return () => {
    const gone = new Set(commands);
    commandsStore.setState((state) => ({ commands: state.commands.filter((command) => !gone.has(command)) }));
  };
}

export function commandById(id: string): Command | null {
  return commandsStore.getState().commands.find((command) => command.id === id) ?? null;
}

/** The keys to show for a command; undefined where it has none or is not there. */
export function keysOf(id: string): string | undefined {
  return commandById(id)?.keys?.[0];
}

/** Undefined: it may run. */
export function blockedBecause(command: Command): string | undefined {
  const answer = command.when?.() ?? true;
  return answer === true ? undefined : answer;
}

/** Runs a command that may run. False: there is none, or it is blocked. What it throws becomes a notice. */
export function runCommand(id: string): boolean {
  const command = commandById(id);
  if (!command || blockedBecause(command) !== undefined) return false;
  const failed = (thrown: unknown) => notifyError(thrown, `${command.title} failed`);
  try {
    const done = command.run();
    if (done instanceof Promise) done.catch(failed);
  } catch (thrown) {
    failed(thrown);
  }
  return true;
}

/** Title, group and words, best first: a title that starts with the query, then words that start with its parts, then letters within. */
export function matchCommands(commands: readonly Command[], query: string): Command[] {
  const wanted = query.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return commands.filter((command) => command.inPalette !== false);
  const scored = commands.flatMap((command) => {
    if (command.inPalette === false) return [];
    const title = command.title.toLowerCase();
    const words = `${title} ${command.group} ${command.words ?? ''}`.toLowerCase();
    if (!wanted.every((part) => words.includes(part))) return [];
    const starts = wanted.filter((part) => new RegExp(`(^|[^a-z0-9])${escaped(part)}`).test(title)).length;
    return [{ command, score: (title.startsWith(wanted.join(' ')) ? 100 : 0) + 10 * starts - title.length / 100 }];
  });
  return scored.sort((a, b) => b.score - a.score).map(({ command }) => command);
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
