// The text of a prompt: a field while it can be edited at a keystroke's speed, its first lines above that. A text field that holds
// megabytes lays all of them out and stands still for seconds.
import { Button } from '../ui/Button.tsx';
import { wholeNumber } from '../ui/numbers.ts';

/** About 65,000 tokens of prose. */
const MOST_EDITED_CHARS = 1 << 18;
const SHOWN_CHARS = 2000;

export interface PromptTextProps {
  text: string;
  describedBy: string;
  onChange: (text: string) => void;
}

export function PromptText({ text, describedBy, onChange }: PromptTextProps) {
  if (text.length > MOST_EDITED_CHARS) return <LongText text={text} describedBy={describedBy} onChange={onChange} />;
  return (
    <textarea
      className="lib-text mono"
      aria-label="Prompt text"
      aria-describedby={describedBy}
      spellCheck={false}
      value={text}
      onPaste={(event) => {
        const pasted = event.clipboardData.getData('text/plain');
        if (text.length + pasted.length <= MOST_EDITED_CHARS) return;
        // The field never gets it, so there is nothing to lay out.
        event.preventDefault();
        const { selectionStart, selectionEnd } = event.currentTarget;
        onChange(text.slice(0, selectionStart) + pasted + text.slice(selectionEnd));
      }}
      onChange={({ target }) => onChange(target.value)}
    />
  );
}

function LongText({ text, describedBy, onChange }: PromptTextProps) {
  return (
    <div className="lib-long">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it */}
      <section className="lib-text mono" tabIndex={0} aria-label="Beginning of the prompt" aria-describedby={describedBy}>
        {text.slice(0, SHOWN_CHARS)}
      </section>
      <p className="t3 lib-long-foot">
        <span className="grow">
          The first {wholeNumber(SHOWN_CHARS)} of {wholeNumber(text.length)} characters. Texts above {wholeNumber(MOST_EDITED_CHARS)} are
          not edited here; the run gets all of it.
        </span>
        <Button small onClick={() => onChange('')}>
          Clear text
        </Button>
      </p>
    </div>
  );
}
