// Puts the application menu up, again only where something in it changed.
import { app, Menu } from 'electron';
import type { MenuCommand } from '../../engine/protocol/desktop.ts';
import { type MenuParts, menuTemplate } from './menu_template.ts';

let shown = '';

export function showMenu(commands: readonly MenuCommand[], { choose, reload }: Pick<MenuParts, 'choose' | 'reload'>): void {
  const wanted = JSON.stringify(commands);
  if (wanted === shown) return;
  shown = wanted;
  const template = menuTemplate({ commands, platform: process.platform, appName: app.name, choose, reload });
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
