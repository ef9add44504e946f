// The names of the messages between preload and main. `ask` are answered (invoke), `tell` are not, `hear` come from main.

export const ASK = {
  enginePort: 'headscope:engine-port',
  engineStatus: 'headscope:engine-status',
  engineLog: 'headscope:engine-log',
  restartEngine: 'headscope:restart-engine',
  openFile: 'headscope:open-file',
  openFolder: 'headscope:open-folder',
  chooseSavePath: 'headscope:choose-save-path',
  saveText: 'headscope:save-text',
  savePng: 'headscope:save-png',
  readPreferences: 'headscope:read-preferences',
  writePreferences: 'headscope:write-preferences',
  recent: 'headscope:recent',
  addRecent: 'headscope:add-recent',
  removeRecent: 'headscope:remove-recent',
} as const;

export const TELL = {
  setCommands: 'headscope:set-commands',
  describeWindow: 'headscope:describe-window',
  setTheme: 'headscope:set-theme',
  readyForFiles: 'headscope:ready-for-files',
} as const;

export const HEAR = {
  engineStatus: 'headscope:engine-status-changed',
  enginePort: 'headscope:engine-port-made',
  command: 'headscope:command',
  openText: 'headscope:open-text',
} as const;

/** Every answer of main: a value, or the sentence that the preload turns into a rejection. */
export type Answer = { value: unknown } | { failed: string };
