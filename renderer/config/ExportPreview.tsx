// What the engine says of an export before it is written: its size, and every change or refusal in its own words.
import { useEffect, useState } from 'react';
import { codedError } from '../../engine/protocol/envelope.ts';
import type { KnownRun } from '../state/library.ts';
import { byteCount } from '../ui/numbers.ts';
import { previewExport } from './export_config.ts';

type Preview = { state: 'asking' } | { state: 'ready'; bytes: number; notes: readonly string[] } | { state: 'refused'; message: string };

export function ExportPreview({ to, run }: { to: 'headscope' | 'minference'; run: KnownRun }) {
  const [preview, setPreview] = useState<Preview>({ state: 'asking' });
  useEffect(() => {
    let gone = false;
    previewExport(to, run).then(
      (ready) => !gone && setPreview({ state: 'ready', ...ready }),
      (thrown: unknown) => !gone && setPreview({ state: 'refused', message: codedError(thrown).message }),
    );
    return () => {
      gone = true;
    };
  }, [to, run]);
  if (preview.state === 'asking') return null;
  if (preview.state === 'refused') return <span className="config-preview is-refused">{preview.message}</span>;
  return (
    <>
      {preview.notes.map((note) => (
        <span key={note} className="config-preview">
          {note}
        </span>
      ))}
      <span className="config-preview">{byteCount(preview.bytes)}</span>
    </>
  );
}
