// Who may know whom (docs/architecture.md, section 2). A file that no rule covers fails.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The rooms of engine/ in their order: a room imports itself and rooms before it. */
const ENGINE_ROOMS = ['protocol', 'checkpoint', 'tokenizer', 'patterns', 'runs', 'search', 'native', 'figures', 'service', 'hosts'];
/** Type-only imports that point the other way: the checkpoint's spec and the search's surfaces are the addon's own types. */
const TYPE_ONLY_EXCEPTIONS = new Set(['engine/native/addon.ts']);

function files(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

function importsOf(file: string): { specifier: string; typeOnly: boolean }[] {
  const source = readFileSync(join(root, file), 'utf8');
  const found: { specifier: string; typeOnly: boolean }[] = [];
  for (const match of source.matchAll(/^\s*(import|export)(\s+type)?\b[^;'"]*?from\s+['"]([^'"]+)['"]/gm)) {
    found.push({ specifier: match[3] ?? '', typeOnly: match[2] !== undefined });
  }
  for (const match of source.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)|^\s*import\s+['"]([^'"]+)['"]/gm)) {
    found.push({ specifier: match[1] ?? match[2] ?? '', typeOnly: false });
  }
  return found;
}

const roomOf = (file: string) => file.split('/')[1] ?? '';
const engineFiles = files('engine', /(?<!\.test)\.ts$/);

describe('the rooms of engine/', () => {
  it('hold every file in a room the order knows', () => {
    expect(engineFiles.length).toBeGreaterThan(20);
    expect(engineFiles.filter((file) => !ENGINE_ROOMS.includes(roomOf(file)))).toEqual([]);
  });

  it('import only themselves and rooms before them', () => {
    const wrong: string[] = [];
    for (const file of engineFiles) {
      for (const { specifier, typeOnly } of importsOf(file)) {
        if (!specifier.startsWith('.')) continue;
        const target = relative(root, resolve(root, dirname(file), specifier))
          .split(sep)
          .join('/');
        if (!target.startsWith('engine/')) {
          wrong.push(`${file} -> ${target}`);
          continue;
        }
        if (typeOnly && TYPE_ONLY_EXCEPTIONS.has(target)) continue;
        if (ENGINE_ROOMS.indexOf(roomOf(target)) > ENGINE_ROOMS.indexOf(roomOf(file))) wrong.push(`${file} -> ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('keep the protocol free of Node and of the other rooms', () => {
    const allowed = new Set(['zod']);
    const wrong = engineFiles
      .filter((file) => roomOf(file) === 'protocol')
      .flatMap((file) => importsOf(file).map(({ specifier }) => ({ file, specifier })))
      .filter(({ specifier }) => !specifier.startsWith('./') && !allowed.has(specifier));
    expect(wrong).toEqual([]);
  });

  it('never reach for electron or a screen', () => {
    const wrong = engineFiles.filter((file) =>
      importsOf(file).some(({ specifier }) => /^(electron|react)(\/|$)|renderer\//.test(specifier)),
    );
    expect(wrong).toEqual([]);
  });

  it('require the addon in one file', () => {
    const loaders = engineFiles.filter((file) => /createRequire|process\.dlopen/.test(readFileSync(join(root, file), 'utf8')));
    expect(loaders).toEqual(['engine/native/load.ts']);
  });
});

describe('the desktop shell', () => {
  const shell = files('electron', /(?<!\.test)\.ts$/);
  const text = (file: string) => readFileSync(join(root, file), 'utf8');

  it('knows the protocol, Electron, Node and itself', () => {
    expect(shell.length).toBeGreaterThan(10);
    const wrong = shell.flatMap((file) =>
      importsOf(file)
        .map(({ specifier }) => specifier)
        .filter(
          (specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:') && specifier !== 'electron' && specifier !== 'zod',
        )
        .map((specifier) => `${file} -> ${specifier}`),
    );
    const outside = shell.flatMap((file) =>
      importsOf(file)
        .filter(({ specifier }) => specifier.startsWith('.'))
        .map(({ specifier }) =>
          relative(root, resolve(root, dirname(file), specifier))
            .split(sep)
            .join('/'),
        )
        .filter((target) => !target.startsWith('electron/') && !target.startsWith('engine/protocol/'))
        .map((target) => `${file} -> ${target}`),
    );
    expect([...wrong, ...outside]).toEqual([]);
  });

  it('listens to the page in one file, and never loads the addon', () => {
    expect(shell.filter((file) => /\bipcMain\b/.test(text(file)))).toEqual(['electron/main/ipc.ts']);
    expect(shell.filter((file) => /createRequire|process\.dlopen/.test(text(file)))).toEqual([]);
  });

  it('gives the page a bridge without Node', () => {
    const preload = shell.filter((file) => file.startsWith('electron/preload/'));
    expect(preload).toEqual(['electron/preload/preload.ts']);
    expect(preload.flatMap(importsOf).filter(({ specifier }) => specifier.startsWith('node:'))).toEqual([]);
  });
});

describe('the interface', () => {
  const interfaceFiles = files('renderer', /(?<!\.test)\.(ts|tsx)$/);
  const text = (file: string) => readFileSync(join(root, file), 'utf8');
  /** A room's folder, or 'main' for the files beside the rooms. */
  const rooms = ['app', 'atlas', 'compare', 'config', 'host', 'inspector', 'library', 'map', 'state', 'tiles', 'tokens', 'ui'];
  const packages = new Set([
    'react',
    'react-dom',
    'react-dom/client',
    'zustand',
    'zustand/vanilla',
    'zod',
    'd3-array',
    'd3-scale',
    'd3-shape',
  ]);

  it('holds every file in a room of its own', () => {
    expect(interfaceFiles.length).toBeGreaterThan(20);
    const beside = interfaceFiles.filter((file) => !rooms.includes(roomOf(file)));
    expect(beside).toEqual(['renderer/css.d.ts', 'renderer/main.tsx']);
  });

  it('imports the protocol, itself and its packages, nothing else', () => {
    const wrong = interfaceFiles.flatMap((file) =>
      importsOf(file)
        .filter(({ specifier }) => {
          if (!specifier.startsWith('.')) return !packages.has(specifier);
          const target = relative(root, resolve(root, dirname(file), specifier))
            .split(sep)
            .join('/');
          return !target.startsWith('renderer/') && !target.startsWith('engine/protocol/');
        })
        .map(({ specifier }) => `${file} -> ${specifier}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps each window to the world in one file', () => {
    const holding = (pattern: RegExp) => interfaceFiles.filter((file) => pattern.test(text(file)));
    expect(holding(/new WebSocket\(/)).toEqual(['renderer/host/web.ts']);
    expect(holding(/window\.headscope/)).toEqual(['renderer/host/desktop.ts']);
    expect(holding(/dangerouslySetInnerHTML|\.innerHTML|insertAdjacentHTML|\beval\(/)).toEqual([]);
  });

  it('leaves the hosts and the stores free of the views', () => {
    const views = /\/(app|atlas|compare|config|inspector|library|map|tokens)\//;
    const wrong = interfaceFiles
      .filter((file) => ['host', 'state', 'ui', 'tiles'].includes(roomOf(file)))
      .flatMap((file) =>
        importsOf(file)
          .filter(({ specifier }) => views.test(specifier))
          .map(({ specifier }) => `${file} -> ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });
});

describe('the native rooms', () => {
  const includes = (file: string) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)].map((match) =>
      relative(root, resolve(root, dirname(file), match[1] ?? ''))
        .split(sep)
        .join('/'),
    );
  const sources = (folder: string) => files(folder, /(?<!_test)\.(cc|h)$/);

  it('keep kernels to themselves and the backend contract', () => {
    const wrong = sources('kernels').flatMap((file) =>
      includes(file)
        .filter((target) => !target.startsWith('kernels/') && target !== 'native/backend.h')
        .map((target) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keep Node and CUDA out of core', () => {
    const text = (file: string) => readFileSync(join(root, file), 'utf8');
    expect(sources('native/core').filter((file) => /#\s*include\s+[<"](napi|node_api|cuda)/.test(text(file)))).toEqual([]);
    expect(
      sources('native/core')
        .flatMap(includes)
        .filter((target) => target.startsWith('native/addon')),
    ).toEqual([]);
  });
});
