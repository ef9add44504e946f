// One region of the window: what fails in it stays in it, and what loads in it leaves the rest alone.
import { Component, type ReactNode, Suspense } from 'react';
import { Button } from '../ui/Button.tsx';
import { EmptyState } from '../ui/EmptyState.tsx';
import { ViewNotFetched } from './fetched_view.ts';

interface GuardProps {
  name: string;
  /** A change tries again. */
  attempt: string;
  children: ReactNode;
}

class Guard extends Component<GuardProps, { failed: Error | null }> {
  override state: { failed: Error | null } = { failed: null };

  static getDerivedStateFromError(error: unknown): { failed: Error } {
    return { failed: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate(before: GuardProps): void {
    if (before.attempt !== this.props.attempt && this.state.failed) this.#again();
  }

  #again(): void {
    const { failed } = this.state;
    if (failed instanceof ViewNotFetched) failed.forget();
    this.setState({ failed: null });
  }

  override render(): ReactNode {
    const { failed } = this.state;
    if (!failed) return this.props.children;
    return (
      <EmptyState action={<Button onClick={() => this.#again()}>Draw it again</Button>}>
        {this.props.name} could not be drawn: {failed.message} The config and the other panels are not affected.
      </EmptyState>
    );
  }
}

/** `attempt`: what the panel shows, so that another run or head draws anew after an error. */
export function Panel({ name, attempt = '', children }: { name: string; attempt?: string; children: ReactNode }) {
  return (
    <Guard name={name} attempt={attempt}>
      <Suspense fallback={null}>{children}</Suspense>
    </Guard>
  );
}
