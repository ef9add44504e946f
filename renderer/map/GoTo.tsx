import { type FormEvent, useState } from 'react';
import { viewportsStore } from '../state/viewports.ts';
import { parsePosition } from './map_actions.ts';

/** A field over the picture's corner: Enter jumps, Escape leaves. */
export function GoTo({ onGo, onClose }: { onGo: (place: { q: number; k: number }) => void; onClose: () => void }) {
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = parsePosition(text, viewportsStore.getState().tokens);
    if ('problem' in parsed) setProblem(parsed.problem);
    else onGo(parsed);
  };
  return (
    <form
      className="goto"
      onSubmit={submit}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key === 'Escape') onClose();
      }}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) onClose();
      }}
    >
      <label>
        Go to
        <input
          // biome-ignore lint/a11y/noAutofocus: the key that opens the field means to type into it
          autoFocus
          className="field"
          value={text}
          placeholder="q, k"
          inputMode="numeric"
          aria-invalid={problem !== null}
          aria-describedby={problem ? 'goto-problem' : undefined}
          onChange={(event) => {
            setText(event.target.value);
            setProblem(null);
          }}
        />
      </label>
      {problem && (
        <p id="goto-problem" role="alert">
          {problem}
        </p>
      )}
    </form>
  );
}
