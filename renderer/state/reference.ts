// The config that the document is compared against: a file as it was read. It is looked at, never edited.
import { createStore } from 'zustand/vanilla';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { ConfigTable } from '../../engine/protocol/whole_model.ts';
import type { HeadPlace } from './focus.ts';

export interface ReferenceState {
  name: string | null;
  table: ConfigTable | null;
}

export const referenceStore = createStore<ReferenceState>()(() => ({ name: null, table: null }));

export function setReference(name: string, table: ConfigTable): void {
  referenceStore.setState({ name, table });
}

export function clearReference(): void {
  referenceStore.setState({ name: null, table: null });
}

export function referencePattern({ table }: ReferenceState, { layer, head }: HeadPlace): Pattern | null {
  return table?.patterns[layer]?.[head] ?? null;
}
