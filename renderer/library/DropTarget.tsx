// Files may be dropped anywhere on the window; while one is over it, the window says what it takes.
import { useEffect, useState } from 'react';
import { host } from '../host/current.ts';
import { Icon } from '../ui/Icon.tsx';
import { openDropped } from './open_files.ts';
import './drop_target.css';

const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') === true;

export const takenWords = (folders: boolean): string =>
  folders
    ? 'A model folder, a saved run, a capture, a pattern config (.json) or a prompt (.txt)'
    : 'A pattern config (.json) or a prompt (.txt)';

export function DropTarget() {
  const [over, setOver] = useState(false);
  useEffect(() => {
    // Entering a child leaves its parent: the depth tells when the window is left.
    let depth = 0;
    const enter = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth += 1;
      setOver(true);
    };
    const leave = () => {
      depth = Math.max(0, depth - 1);
      if (depth === 0) setOver(false);
    };
    const hover = (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy';
    };
    const drop = (event: DragEvent) => {
      depth = 0;
      setOver(false);
      if (!hasFiles(event) || !event.dataTransfer) return;
      event.preventDefault();
      void openDropped(event.dataTransfer);
    };
    window.addEventListener('dragenter', enter);
    window.addEventListener('dragleave', leave);
    window.addEventListener('dragover', hover);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragenter', enter);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('dragover', hover);
      window.removeEventListener('drop', drop);
    };
  }, []);
  if (!over) return null;
  return (
    <div className="lib-over" aria-hidden="true">
      <Icon name="import" />
      <b>Drop to open</b>
      <span>{takenWords(host().sharesFiles)}</span>
    </div>
  );
}
