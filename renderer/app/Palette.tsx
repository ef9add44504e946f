import { Fragment, type KeyboardEvent, type ReactNode, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import { createPortal, flushSync } from 'react-dom';
import { Icon, PatternGlyph } from '../ui/Icon.tsx';
import { Kbd } from '../ui/Kbd.tsx';
import { type PaletteItem, paletteItems } from './palette_items.ts';
import { shellStore } from './shell_state.ts';
import { useTokenItems } from './use_token_items.ts';

/** The parts of the query inside the title, marked. */
function marked(title: string, query: string): ReactNode {
  const parts = query
    .trim()
    .split(/\s+/)
    .filter((part) => part.length > 0 && !/^[:@"]/.test(part));
  if (parts.length === 0) return title;
  const pattern = new RegExp(`(${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'gi');
  // split() with one group: every second piece is a match.
  return title.split(pattern).map((piece, index) => {
    const key = `${index} ${piece}`;
    return index % 2 === 1 ? <mark key={key}>{piece}</mark> : <Fragment key={key}>{piece}</Fragment>;
  });
}

export function Palette({ initial }: { initial: string }) {
  const [query, setQuery] = useState(initial);
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const tokenItems = useTokenItems(query);
  const known = useMemo(() => paletteItems(query), [query]);
  const items = query.startsWith('"') ? (tokenItems ?? []) : known;
  const at = Math.min(active, Math.max(0, items.length - 1));

  useLayoutEffect(() => {
    const before = document.activeElement;
    input.current?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen row is in sight whenever it changes
  useEffect(() => {
    list.current?.querySelector('.is-on')?.scrollIntoView?.({ block: 'nearest' });
  }, [at, query]);

  const close = () => shellStore.setState({ palette: null });
  const choose = (item: PaletteItem | undefined, alt = false) => {
    if (!item || item.disabledBecause !== undefined) return;
    // The palette has given the focus back before the command runs, which may put it elsewhere; and both in this event, so that a key
    // typed right behind Enter finds the command done.
    flushSync(close);
    const run = alt ? (item.runAlt ?? item.run) : item.run;
    run();
  };
  const keyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    const { key } = event;
    if (key === 'Escape') close();
    else if (key === 'ArrowDown') setActive((at + 1) % Math.max(1, items.length));
    else if (key === 'ArrowUp') setActive((at - 1 + items.length) % Math.max(1, items.length));
    else if (key === 'Enter') choose(items[at], event.altKey);
    else if (key !== 'Tab') return;
    event.preventDefault();
  };
  return createPortal(
    <>
      <div className="scrim" onPointerDown={close} />
      <div className="pal" role="dialog" aria-modal="true" aria-label="Command palette" onKeyDown={keyDown}>
        <div className="in">
          <Icon name="search" />
          <input
            ref={input}
            type="text"
            role="combobox"
            aria-label="Search commands, heads, positions and tokens"
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={items.length > 0 ? `${id}-${at}` : undefined}
            placeholder="Search or run"
            spellCheck={false}
            autoComplete="off"
            value={query}
            onChange={(event) => {
              setQuery(event.currentTarget.value);
              setActive(0);
            }}
          />
          <Kbd keys="Escape" />
        </div>
        <div ref={list} className="results" id={`${id}-list`} role="listbox" aria-label="Results">
          {items.length === 0 && <p className="grp">{query.startsWith('"') ? 'Reading the prompt.' : 'Nothing matches.'}</p>}
          {items.map((item, index) => (
            <Fragment key={item.id}>
              {items[index - 1]?.group !== item.group && (
                <div className="grp" role="presentation">
                  {item.group}
                </div>
              )}
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the combobox holds the focus and takes the keys */}
              {/* biome-ignore lint/a11y/useFocusableInteractive: it is reached by aria-activedescendant */}
              <div
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === at}
                aria-disabled={item.disabledBecause !== undefined || undefined}
                className={index === at ? 'is-on' : undefined}
                onPointerMove={() => setActive(index)}
                onClick={(event) => choose(item, event.altKey)}
              >
                {item.glyph ? <PatternGlyph kind={item.glyph} /> : <Icon name="chevron-right" small />}
                <span className="trunc">{marked(item.title, query)}</span>
                <span className="meta grow trunc">{item.note}</span>
                {item.meta !== '' && <span className="meta">{item.meta}</span>}
                {item.keys !== undefined && <Kbd keys={item.keys} />}
              </div>
            </Fragment>
          ))}
        </div>
        <div className="ft">
          <span>
            <Kbd keys="ArrowUp" />
            <Kbd keys="ArrowDown" /> move
          </span>
          <span>
            <Kbd keys="Enter" /> run
          </span>
          <span className="grow" />
          <span>
            <Kbd keys=":" /> go to q, k
          </span>
          <span>
            <Kbd keys="@" /> heads
          </span>
          <span>
            <Kbd keys={'"'} /> tokens
          </span>
        </div>
      </div>
    </>,
    document.body,
  );
}
