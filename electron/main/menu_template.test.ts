import { describe, expect, it } from 'vitest';
import type { MenuCommand } from '../../engine/protocol/desktop.ts';
import { menuTemplate } from './menu_template.ts';

const commands: MenuCommand[] = [
  { id: 'open.model', title: 'Open Model…', menu: 'file', group: 'open', accelerator: 'CmdOrCtrl+O', enabled: true },
  { id: 'open.prompt', title: 'Open Prompt…', menu: 'file', group: 'open', enabled: true },
  { id: 'export.config', title: 'Export Config…', menu: 'file', group: 'export', enabled: false },
  { id: 'edit.undo', title: 'Undo', menu: 'edit', enabled: true },
  { id: 'view.minimap', title: 'Minimap', menu: 'view', enabled: true, checked: true },
];

function template(platform: string, chosen: string[] = [], list = commands) {
  return menuTemplate({ commands: list, platform, appName: 'Headscope', choose: (id) => chosen.push(id), reload: () => {} });
}

function submenu(platform: string, label: string, chosen: string[] = [], list = commands) {
  const found = template(platform, chosen, list).find((item) => item.label === label)?.submenu;
  if (!Array.isArray(found)) throw new Error(`there is no ${label} menu`);
  return found;
}

describe('the application menu', () => {
  it('has the interface’s commands in their order, groups apart, then the system’s', () => {
    const labels = submenu('linux', '&File').map((item) => item.label ?? item.role ?? item.type);
    expect(labels).toEqual(['Open Model…', 'Open Prompt…', 'separator', 'Export Config…', 'separator', 'quit']);
  });

  it('sends the id of what is chosen', () => {
    const chosen: string[] = [];
    const item = submenu('linux', '&Edit', chosen)[0];
    Reflect.apply(item?.click ?? (() => {}), undefined, []);
    expect(chosen).toEqual(['edit.undo']);
  });

  it('shows keys without taking them from the interface', () => {
    expect(submenu('linux', '&File')[0]).toMatchObject({ accelerator: 'CmdOrCtrl+O', registerAccelerator: false, enabled: true });
    expect(submenu('linux', '&File')[3]).toMatchObject({ enabled: false });
    expect(submenu('linux', '&View')[0]).toMatchObject({ type: 'checkbox', checked: true });
  });

  it('leaves out menus that would be empty, and works before the interface has spoken', () => {
    expect(template('linux').map(({ label, role }) => label ?? role)).toEqual(['&File', '&Edit', '&View', 'windowMenu', '&Help']);
    expect(submenu('linux', '&File', [], [])).toEqual([{ role: 'quit' }]);
  });

  it('follows the Mac’s customs there', () => {
    expect(template('darwin')[0]).toMatchObject({ role: 'appMenu' });
    const list: MenuCommand[] = [{ id: 'search', title: 'Search', menu: 'file', accelerator: 'R', enabled: true }, ...commands];
    expect(submenu('darwin', '&File', [], list)[0]).not.toHaveProperty('accelerator');
    expect(submenu('darwin', '&File', [], list)[2]).toMatchObject({ accelerator: 'CmdOrCtrl+O' });
    expect(submenu('linux', '&File', [], list)[0]).toMatchObject({ accelerator: 'R' });
    expect(submenu('darwin', '&File').at(-1)).toEqual({ role: 'close' });
  });
});
