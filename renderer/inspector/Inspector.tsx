// The right column: the head on screen, the heads selected together, or the config as a whole.
import { useStore } from 'zustand';
import { ConfigSummary } from '../config/ConfigSummary.tsx';
import { focusStore } from '../state/focus.ts';
import { selectionStore } from '../state/selection.ts';
import { HeadInspector } from './HeadInspector.tsx';
import './inspector.css';
import { SelectionInspector } from './SelectionInspector.tsx';

export function Inspector() {
  const area = useStore(focusStore, (focus) => focus.area);
  const several = useStore(selectionStore, (selection) => selection.heads.length > 1);
  return (
    <div className="insp-body">
      {several && area !== 'map' && area !== 'compare' ? <SelectionInspector /> : area === 'config' ? <ConfigSummary /> : <HeadInspector />}
    </div>
  );
}

export default Inspector;
