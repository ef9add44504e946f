// The bridge of this window, set once by main.tsx (and by tests) before anything is drawn.
import type { HostBridge } from './bridge.ts';

let bridge: HostBridge | undefined;

export function setHost(host: HostBridge): void {
  bridge = host;
}

export function host(): HostBridge {
  if (!bridge) throw new Error('The host bridge is not set yet.');
  return bridge;
}
