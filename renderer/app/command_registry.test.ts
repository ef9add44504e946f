import { beforeEach, describe, expect, it } from 'vitest';
import { noticesStore } from '../state/notices.ts';
import { type Command, commandsStore, matchCommands, registerCommands, runCommand } from './command_registry.ts';

beforeEach(() => {
  commandsStore.setState({ commands: [] });
  noticesStore.setState(noticesStore.getInitialState(), true);
});

const command = (id: string, title: string, part: Partial<Command> = {}): Command => ({ id, title, group: 'View', run: () => {}, ...part });

describe('the command registry', () => {
  it('runs a command unless it is blocked', () => {
    const runs: number[] = [];
    let reason: true | string = 'Needs a run.';
    registerCommands([command('a', 'Act', { when: () => reason, run: () => void runs.push(1) })]);
    expect(runCommand('a')).toBe(false);
    reason = true;
    expect(runCommand('a')).toBe(true);
    expect(runCommand('missing')).toBe(false);
    expect(runs).toHaveLength(1);
  });

  it('lets a view replace a command and take its own off again', () => {
    registerCommands([command('a', 'First')]);
    const off = registerCommands([command('a', 'Second'), command('b', 'Other')]);
    expect(commandsStore.getState().commands.map(({ title }) => title)).toEqual(['Second', 'Other']);
    off();
    expect(commandsStore.getState().commands).toEqual([]);
  });

  it('says what failed, at once or later', async () => {
    registerCommands([
      command('now', 'Fail now', {
        run: () => {
          throw new Error('broken');
        },
      }),
      command('later', 'Fail later', { run: () => Promise.reject(new Error('broken later')) }),
    ]);
    runCommand('now');
    runCommand('later');
    await Promise.resolve();
    const titles = noticesStore.getState().notices.map(({ title, detail }) => `${title}: ${detail}`);
    expect(titles.sort()).toEqual(['Fail later failed: broken later', 'Fail now failed: broken']);
  });

  it('finds by the start of words, titles that begin so first, and leaves out what is for keys only', () => {
    const list = [
      command('1', 'Go to worst head'),
      command('2', 'Worst heads first'),
      command('3', 'Fit', { words: 'worst' }),
      command('4', 'Pan worst', { inPalette: false }),
      command('5', 'Other'),
    ];
    expect(matchCommands(list, 'worst').map(({ id }) => id)).toEqual(['2', '1', '3']);
    expect(matchCommands(list, 'head worst').map(({ id }) => id)).toEqual(['1', '2']);
    expect(matchCommands(list, '  ')).toHaveLength(4);
    expect(matchCommands(list, '(')).toEqual([]);
  });
});
