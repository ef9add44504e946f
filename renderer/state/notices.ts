// What the user should know and may act on: banners below the tabs, newest first. The live region reads them out.
import { createStore } from 'zustand/vanilla';
import { codedError } from '../../engine/protocol/envelope.ts';

export interface NoticeAction {
  label: string;
  run: () => void;
}

export interface Notice {
  id: number;
  tone: 'info' | 'ok' | 'warn' | 'danger';
  title: string;
  /** What was kept, what can be done. */
  detail: string;
  action: NoticeAction | null;
  /** A later notice with the same topic replaces it. */
  topic: string | null;
  /** The run it is about, with which it goes; null: none. */
  runId: string | null;
}

export interface NoticesState {
  notices: readonly Notice[];
  /** A sentence for screen readers only; the counter makes a repeated sentence heard again. */
  announcement: { text: string; count: number };
}

export const noticesStore = createStore<NoticesState>()(() => ({ notices: [], announcement: { text: '', count: 0 } }));

const MOST_NOTICES = 4;
const BRIEF_MS = 6000;
let nextId = 1;

export interface NoticeRequest {
  tone?: Notice['tone'];
  title: string;
  detail?: string;
  action?: NoticeAction;
  topic?: string;
  runId?: string;
}

/** 'info' and 'ok' leave by themselves. */
export function notify({ tone = 'info', title, detail = '', action, topic, runId }: NoticeRequest): number {
  const id = nextId++;
  const notice: Notice = { id, tone, title, detail, action: action ?? null, topic: topic ?? null, runId: runId ?? null };
  noticesStore.setState(({ notices }) => {
    const others = notices.filter((other) => topic === undefined || other.topic !== topic);
    return { notices: [notice, ...others].slice(0, MOST_NOTICES) };
  });
  if ((tone === 'info' || tone === 'ok') && !action) setTimeout(() => dismiss(id), BRIEF_MS);
  return id;
}

/** The error as a notice; a cancel is no error. */
export function notifyError(thrown: unknown, title: string, action?: NoticeAction): void {
  const { code, message } = codedError(thrown);
  if (code === 'CANCELLED' || code === 'BACKEND_LOST') return;
  notify({
    tone: 'danger',
    title,
    detail: message.replace(/^Internal error: /, ''),
    topic: `error: ${title}`,
    ...(action ? { action } : {}),
  });
}

export function dismiss(id: number): void {
  noticesStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}

export function dismissTopic(topic: string): void {
  noticesStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.topic !== topic) }));
}

/** The run is closed. */
export function dismissRun(runId: string): void {
  noticesStore.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.runId !== runId) }));
}

/** The run was made again under another id. */
export function moveNotices(from: string, to: string): void {
  noticesStore.setState(({ notices }) => ({
    notices: notices.map((notice) => (notice.runId === from ? { ...notice, runId: to } : notice)),
  }));
}

export function announce(text: string): void {
  noticesStore.setState(({ announcement }) => ({ announcement: { text, count: announcement.count + 1 } }));
}
