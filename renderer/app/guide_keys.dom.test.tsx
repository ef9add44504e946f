// The guide's list of keys is the registry's: after a change of commands, `npx vitest run guide_keys -u` writes it again.
import { expect, it } from 'vitest';
import { COMMAND_GROUPS } from './command_registry.ts';
import { allCommands } from './commands/all_commands.ts';

/** 'Mod+ArrowUp' as a keyboard says it. */
const onKeyboard = (keys: string) =>
  keys
    .replace(/\+$/, 'plus')
    .split('+')
    .map(
      (part) =>
        `<kbd>${part
          .replace('plus', '+')
          .replace(/^Mod$/, 'Ctrl')
          .replace(/^Arrow/, '')
          .replace('Escape', 'Esc')}</kbd>`,
    )
    .join(' ');

function page(): string {
  const parts = [
    '# Keys\n',
    'Made from the command registry, which also feeds the palette, the `?` sheet and the menus. Ctrl is the command key on a Mac. Single letters',
    'act outside text fields and can be switched off (palette: “Use single-letter keys”).\n',
  ];
  for (const group of COMMAND_GROUPS) {
    const own = allCommands.filter((command) => command.group === group && command.keys);
    if (own.length === 0) continue;
    parts.push(`## ${group}\n`, '| command | keys |', '|---|---|');
    for (const { title, keys } of own) parts.push(`| ${title} | ${keys?.map(onKeyboard).join(', ')} |`);
    parts.push('');
  }
  return parts.join('\n');
}

it('lists every key of the registry, none twice', async () => {
  const taken = allCommands.flatMap(({ keys }) => keys ?? []);
  expect(new Set(taken).size).toBe(taken.length);
  await expect(page()).toMatchFileSnapshot('../../docs/guide/keys.md');
});
