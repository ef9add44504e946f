// The application menu from the interface's own commands; choosing one sends its id back. Roles of the system fill the rest.
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuCommand } from '../../engine/protocol/desktop.ts';

export interface MenuParts {
  commands: readonly MenuCommand[];
  platform: string;
  appName: string;
  choose(id: string): void;
  reload(): void;
}

const SEPARATOR: MenuItemConstructorOptions = { type: 'separator' };

/** The Mac always takes the keys of its menu: a plain letter there would be lost to text fields. */
function isShown(accelerator: string, platform: string): boolean {
  return platform !== 'darwin' || /^(CmdOrCtrl|Alt)\+/.test(accelerator);
}

/** The commands of one menu, a separator where the group changes. */
function itemsOf(menu: MenuCommand['menu'], { commands, choose, platform }: MenuParts): MenuItemConstructorOptions[] {
  const own = commands.filter((command) => command.menu === menu);
  return own.flatMap((command, place) => {
    const { id, title, accelerator, enabled, checked } = command;
    const item: MenuItemConstructorOptions = {
      id,
      label: title,
      enabled,
      click: () => choose(id),
      // The interface handles its keys itself; a registered accelerator would run the command twice.
      ...(accelerator === undefined || !isShown(accelerator, platform) ? {} : { accelerator, registerAccelerator: false }),
      ...(checked === undefined ? {} : { type: 'checkbox' as const, checked }),
    };
    const before = own[place - 1];
    return before && before.group !== command.group ? [SEPARATOR, item] : [item];
  });
}

/** Non-empty parts, separated. */
function joined(...parts: MenuItemConstructorOptions[][]): MenuItemConstructorOptions[] {
  return parts.filter((part) => part.length > 0).flatMap((part, place) => (place === 0 ? part : [SEPARATOR, ...part]));
}

export function menuTemplate(parts: MenuParts): MenuItemConstructorOptions[] {
  const mac = parts.platform === 'darwin';
  const editing: MenuItemConstructorOptions[] = [{ role: 'cut' }, { role: 'copy' }, { role: 'paste' }, { role: 'selectAll' }];
  const screen: MenuItemConstructorOptions[] = [
    { role: 'togglefullscreen' },
    // Not the system's own reload, which would drop edits without a question.
    { id: 'shell.reload', label: 'Reload Interface', accelerator: 'CmdOrCtrl+Shift+R', click: () => parts.reload() },
    { role: 'toggleDevTools' },
  ];
  const template: MenuItemConstructorOptions[] = [
    { label: '&File', submenu: joined(itemsOf('file', parts), mac ? [{ role: 'close' }] : [{ role: 'quit' }]) },
    { label: '&Edit', submenu: joined(itemsOf('edit', parts), editing) },
    { label: '&View', submenu: joined(itemsOf('view', parts), screen) },
    { label: '&Go', submenu: itemsOf('go', parts) },
    { label: '&Run', submenu: itemsOf('run', parts) },
    { role: 'windowMenu' },
    { label: '&Help', role: 'help', submenu: joined(itemsOf('help', parts), mac ? [] : [{ role: 'about' }]) },
  ];
  const filled = template.filter(({ submenu }) => !Array.isArray(submenu) || submenu.length > 0);
  return mac ? [{ role: 'appMenu', label: parts.appName }, ...filled] : filled;
}
