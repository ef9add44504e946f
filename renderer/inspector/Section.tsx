import { type ReactNode, useState, useSyncExternalStore } from 'react';
import { Icon } from '../ui/Icon.tsx';

const NARROW = '(max-width: 1180px)';

function subscribe(changed: () => void): () => void {
  const query = typeof matchMedia === 'function' ? matchMedia(NARROW) : null;
  query?.addEventListener('change', changed);
  return () => query?.removeEventListener('change', changed);
}

/** True in windows where the inspector is 288 pixels wide and its lower sections fold to a line. */
export const useNarrow = (): boolean =>
  useSyncExternalStore(subscribe, () => typeof matchMedia === 'function' && matchMedia(NARROW).matches);

export interface SectionProps {
  title: string;
  /** Beside the title: a chip. */
  mark?: ReactNode;
  /** At the right: what the numbers rest on, or one action. */
  aside?: ReactNode;
  /** Folds to its title and `result` in narrow windows. */
  foldable?: boolean;
  result?: ReactNode;
  children: ReactNode;
}

export function Section({ title, mark, aside, foldable = false, result, children }: SectionProps) {
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  const folds = foldable && narrow;
  return (
    <section className={folds && !open ? 'insp-sec is-folded' : 'insp-sec'} aria-label={title}>
      <div className="insp-sec-h">
        {folds ? (
          <h2 className="grow">
            <button type="button" className="insp-fold" aria-expanded={open} onClick={() => setOpen(!open)}>
              <Icon name={open ? 'chevron-down' : 'chevron-right'} />
              {title}
            </button>
          </h2>
        ) : (
          <>
            <h2>{title}</h2>
            {mark}
            <span className="grow" />
          </>
        )}
        <span className="insp-sec-aside">{folds && !open ? result : aside}</span>
      </div>
      {(!folds || open) && children}
    </section>
  );
}
