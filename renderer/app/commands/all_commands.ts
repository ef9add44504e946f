// Every command of the workbench; the palette, the `?` sheet, menus and tooltips read them from the registry.
import type { Command } from '../command_registry.ts';
import { bookmarkCommands } from './bookmark_commands.ts';
import { compareCommands } from './compare_commands.ts';
import { configCommands } from './config_commands.ts';
import { fileCommands } from './file_commands.ts';
import { goCommands } from './go_commands.ts';
import { headCommands } from './head_commands.ts';
import { mapCommands } from './map_commands.ts';
import { viewCommands } from './view_commands.ts';

export const allCommands: readonly Command[] = [
  ...goCommands,
  ...bookmarkCommands,
  ...viewCommands,
  ...mapCommands,
  ...headCommands,
  ...configCommands,
  ...compareCommands,
  ...fileCommands,
];
