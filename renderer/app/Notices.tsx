import { useEffect, useState } from 'react';
import { useStore } from 'zustand';
import { host } from '../host/current.ts';
import { connectionStore } from '../state/connection.ts';
import { focusStore } from '../state/focus.ts';
import { dismiss, noticesStore } from '../state/notices.ts';
import { Banner } from '../ui/Banner.tsx';
import { Button } from '../ui/Button.tsx';
import { showLog } from './shell_state.ts';
import { retryConnection } from './start_up.ts';
import { UpdateBanner } from './UpdateBanner.tsx';

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

function TokenForm() {
  const [token, setToken] = useState('');
  return (
    <form
      className="token-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() === '') return;
        host().tokenGate?.give(token.trim());
        retryConnection();
      }}
    >
      <input
        className="field"
        type="password"
        aria-label="Token that the server printed"
        autoComplete="off"
        value={token}
        onChange={(event) => setToken(event.currentTarget.value)}
      />
      <Button type="submit">Connect</Button>
    </form>
  );
}

/** Amber: the engine is away. Edits and the picture stay usable below it. */
function EngineBanner() {
  const { status, error, lostAt, nextAttemptAt, needsToken, generation, silentSince } = useStore(connectionStore);
  const [, setTicks] = useState(0);
  useEffect(() => {
    if (nextAttemptAt === null) return;
    const timer = setInterval(() => setTicks((ticks) => ticks + 1), 500);
    return () => clearInterval(timer);
  }, [nextAttemptAt]);
  const hasLog = useStore(focusStore, (state) => state.runId !== null);
  if (status === 'ready' && silentSince !== null) return <SilenceBanner since={silentSince} hasLog={hasLog} />;
  if (status === 'ready' || status === 'connecting') return null;
  if (needsToken) {
    return (
      <Banner tone="warn" title="This server asks for its token." actions={<TokenForm />}>
        It was printed where the server was started. {error?.message.includes('not the token') ? 'That was not it.' : ''}
      </Banner>
    );
  }
  const when = lostAt === null ? '' : ` at ${clock.format(lostAt)}`;
  const seconds = nextAttemptAt === null ? 0 : Math.max(0, Math.ceil((nextAttemptAt - Date.now()) / 1000));
  const title = generation > 0 ? `Engine lost${when}.` : 'The engine cannot be reached.';
  const kept = generation > 0 ? ' The picture and your edits are kept.' : '';
  const next = status === 'failed' ? ' It is not tried again by itself.' : seconds > 0 ? ` Next attempt in ${seconds} s.` : ' Connecting …';
  return (
    <Banner
      tone={status === 'failed' ? 'danger' : 'warn'}
      title={title}
      actions={
        <>
          <Button small onClick={retryConnection}>
            Connect now
          </Button>
          {hasLog && (
            <Button small look="ghost" onClick={showLog}>
              Show log
            </Button>
          )}
        </>
      }
    >
      {error?.message}
      {kept}
      {next}
    </Banner>
  );
}

/** Amber: it is there, but does not answer. */
function SilenceBanner({ since, hasLog }: { since: number; hasLog: boolean }) {
  const restarts = host().engineProcess !== null;
  return (
    <Banner
      tone="warn"
      title={`The engine has not answered since ${clock.format(since)}.`}
      actions={
        <>
          <Button small onClick={retryConnection}>
            {restarts ? 'Restart engine' : 'Connect anew'}
          </Button>
          {hasLog && (
            <Button small look="ghost" onClick={showLog}>
              Show log
            </Button>
          )}
        </>
      }
    >
      {restarts ? 'It may hang.' : 'It may hang, or the connection is cut.'} The picture and your edits are kept.
    </Banner>
  );
}

export function Notices() {
  const notices = useStore(noticesStore, (state) => state.notices);
  return (
    <>
      <EngineBanner />
      <UpdateBanner />
      {notices.map((notice) => {
        const { action } = notice;
        return (
          <Banner
            key={notice.id}
            tone={notice.tone}
            title={notice.title}
            onDismiss={() => dismiss(notice.id)}
            actions={
              action && (
                <Button
                  small
                  onClick={() => {
                    dismiss(notice.id);
                    action.run();
                  }}
                >
                  {action.label}
                </Button>
              )
            }
          >
            {notice.detail}
          </Banner>
        );
      })}
    </>
  );
}

/** What only screen readers hear; two places in turn, so that a repeated sentence is heard again. */
export function LiveRegion() {
  const { text, count } = useStore(noticesStore, (state) => state.announcement);
  return (
    <div className="visually-hidden" aria-live="polite">
      <span>{count % 2 === 0 ? text : ''}</span>
      <span>{count % 2 === 1 ? text : ''}</span>
    </div>
  );
}
