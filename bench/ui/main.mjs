// node bench/ui/main.mjs [part ...]: what the interface's user waits for, each figure beside its target. Parts: gestures, budgets, heads,
// atlas, bundle, memory; gestures=1 measures once instead of three times, memory=SECONDS shortens the session of five minutes.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchUi } from './ui.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
process.exit((await benchUi({ root, parts: process.argv.slice(2) })) ? 0 : 1);
