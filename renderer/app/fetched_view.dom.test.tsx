import { act, cleanup, render, screen } from '@testing-library/react';
import { Suspense, useState } from 'react';
import { afterEach, expect, it } from 'vitest';
import { fetchedView } from './fetched_view.ts';

afterEach(cleanup);

function Counter({ name }: { name: string }) {
  const [count, setCount] = useState(0);
  return (
    <button type="button" onClick={() => setCount(count + 1)}>
      {name} {count}
    </button>
  );
}

it('a view that was fetched ahead is there in its first render', async () => {
  const View = fetchedView(async () => Counter);
  await View.fetch();
  render(
    <Suspense fallback="waiting">
      <View name="atlas" />
    </Suspense>,
  );
  expect(screen.queryByText('waiting')).toBeNull();
  expect(screen.getByRole('button').textContent).toBe('atlas 0');
});

it('one that is drawn while its file comes is waited for, and keeps its state when it is fetched again', async () => {
  const View = fetchedView(async () => Counter);
  const tree = (name: string) => (
    <Suspense fallback="waiting">
      <View name={name} />
    </Suspense>
  );
  const { rerender } = render(tree('map'));
  expect(screen.queryByText('waiting')).not.toBeNull();
  const button = await screen.findByRole('button');
  act(() => button.click());
  await act(() => View.fetch());
  rerender(tree('the map'));
  expect(screen.getByRole('button').textContent).toBe('the map 1');
});

it('a file that does not come ahead is asked for again when the view is drawn', async () => {
  let asked = 0;
  const View = fetchedView(async () => {
    asked += 1;
    if (asked === 1) throw new Error('away');
    return Counter;
  });
  await expect(View.fetch()).rejects.toThrow('away');
  render(
    <Suspense fallback="waiting">
      <View name="config" />
    </Suspense>,
  );
  expect((await screen.findByRole('button')).textContent).toBe('config 0');
});
