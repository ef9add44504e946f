// node bench/ui/main.mjs [part ...]: what the interface's user waits for, each figure beside its target. Parts: gestures, budgets, heads,
// atlas, bundle, memory; memory=SECONDS shortens the session of five minutes. Also `npm run bench -- ui`.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchUi } from './ui.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
process.exit((await benchUi({ root, parts: process.argv.slice(2) })) ? 0 : 1);
