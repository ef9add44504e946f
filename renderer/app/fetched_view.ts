// A view in a file of its own, fetched when it is first shown; unlike with React.lazy, a fetch that failed can be made again.
import { type ComponentType, createElement, type FunctionComponent, lazy } from 'react';
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

/** `load` imports the file and picks the component. */
export function fetchedView<Props extends object>(load: () => Promise<ComponentType<Props>>): FunctionComponent<Props> {
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
  return function View(props) {
    return createElement(current, props);
  };
}
