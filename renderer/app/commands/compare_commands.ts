// Running the prompt again under two patterns of attention.
import { startComparison } from '../../state/comparisons.ts';
import { showArea } from '../../state/focus.ts';
import { currentRun } from '../../state/library.ts';
import type { Command } from '../command_registry.ts';
import { needsEngine } from './head_commands.ts';

export const compareCommands: readonly Command[] = [
  {
    id: 'compare.run',
    title: 'Run the comparison',
    group: 'Run',
    words: 'compare dense sparse prefill drift kl tokens',
    when: () => {
      const ready = needsEngine();
      if (ready !== true) return ready;
      return currentRun()?.info.kind === 'capture' ? 'A capture has no model to run again.' : true;
    },
    run: () => {
      const run = currentRun();
      if (!run) return;
      showArea('compare');
      startComparison(run.info.runId);
    },
  },
];
