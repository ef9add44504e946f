// One session of one program, handed from step to step: a step stands on the one before it.
import type { Fixtures } from './fixtures.ts';
import type { Workbench } from './workbench.ts';

export interface Session {
  bench: Workbench;
  fixtures: Fixtures;
}
