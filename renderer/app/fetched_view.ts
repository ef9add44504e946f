// A view in a file of its own, fetched when it is first shown; unlike with React.lazy, a fetch that failed can be made again.
import { type ComponentType, createElement, type FunctionComponent, lazy, useState } from 'react';
import { checkInterface } from './interface_version.ts';

/** The file of a view did not come: the host is away, or has another interface by now. */
export class ViewNotFetched extends Error {
  /** The view is fetched anew when it is drawn next. */
  readonly forget: () => void;

  constructor(forget: () => void, options: ErrorOptions) {
    super('its file was not fetched. The host may be away, or may have been updated.', options);
    this.name = 'ViewNotFetched';
    this.forget = forget;
  }
}

export type FetchedView<Props extends object> = FunctionComponent<Props> & {
  /** Fetches the file ahead: a view drawn after that is there at once. Rejects where the file does not come. */
  fetch(): Promise<void>;
};

/** `load` imports the file and picks the component. */
export function fetchedView<Props extends object>(load: () => Promise<ComponentType<Props>>): FetchedView<Props> {
  let there: ComponentType<Props> | null = null;
  const fetching = () =>
    lazy(async () => {
      try {
        return { default: await load() };
      } catch (cause) {
        void checkInterface();
        throw new ViewNotFetched(
          () => {
            current = fetching();
          },
          { cause },
        );
      }
    });
  let current = fetching();
  function View(props: Props) {
    // What is fetched need not be waited for: React shows nothing for 300 ms once it has shown that it waits. A view that is drawn stays
    // what it is, or it would lose its state.
    const [component] = useState(() => there ?? current);
    return createElement<Props>(component, props);
  }
  return Object.assign(View, {
    async fetch() {
      there = await load();
    },
  });
}
