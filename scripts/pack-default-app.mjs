// Writes the default_app.asar that a carrier's Electron lacks: what `electron PATH` and `electron -r FILE PATH` start. An asar is a
// pickled JSON header and the files' bytes, one after another.
import { writeFileSync } from 'node:fs';

/** Runs inside Electron: preloads what -r names, then loads the application of the first other argument. */
function startNamedApplication() {
  const { app } = require('electron');
  const { existsSync, readFileSync } = require('node:fs');
  const { dirname, join, resolve } = require('node:path');
  const Module = require('node:module');
  const preloads = [];
  let target;
  for (let at = 1; at < process.argv.length && target === undefined; at++) {
    const argument = process.argv[at];
    if (argument === '-r' || argument === '--require') preloads.push(process.argv[++at]);
    else if (!argument.startsWith('-')) target = resolve(argument);
  }
  if (preloads.length > 0) Module._preloadModules(preloads);
  Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
  try {
    const description = join(target, 'package.json');
    const { name, productName, version } = existsSync(description) ? JSON.parse(readFileSync(description, 'utf8')) : {};
    if (version) app.setVersion(version);
    if (productName || name) app.name = productName || name;
    const entry = Module._resolveFilename(target, module, true);
    app.setAppPath(name ? target : dirname(entry));
    Module._load(entry, module, true);
  } catch (error) {
    console.error(error);
    process.exit(1);
  }
}

const files = {
  'package.json': Buffer.from('{"name":"electron","main":"main.js"}'),
  'main.js': Buffer.from(`(${startNamedApplication})();\n`),
};
const header = { files: {} };
let offset = 0;
for (const [name, bytes] of Object.entries(files)) {
  header.files[name] = { size: bytes.length, offset: String(offset) };
  offset += bytes.length;
}
const text = Buffer.from(JSON.stringify(header));
const padding = (4 - (text.length % 4)) % 4;
const prefix = Buffer.alloc(16);
for (const [place, value] of [4, text.length + padding + 8, text.length + padding + 4, text.length].entries())
  prefix.writeUInt32LE(value, 4 * place);
writeFileSync(process.argv[2], Buffer.concat([prefix, text, Buffer.alloc(padding), ...Object.values(files)]));
