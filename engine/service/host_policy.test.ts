import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Client } from '../protocol/client.ts';
import { inProcessPair } from '../protocol/in_process.ts';
import { serve } from '../protocol/server.ts';
import { EngineService } from './engine_service.ts';
import { readablePath, writablePath } from './host_policy.ts';

const folder = mkdtempSync(join(tmpdir(), 'headscope-policy-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'models', 'tiny'), { recursive: true });
mkdirSync(join(folder, 'secret'));
writeFileSync(join(folder, 'secret', 'config.json'), '{}');
symlinkSync(join(folder, 'secret'), join(folder, 'models', 'link'));
symlinkSync(join(folder, 'models', 'tiny'), join(folder, 'models', 'alias'));

describe('the host policy', () => {
  const policy = { readPaths: [join(folder, 'models')], writeFiles: false };

  it('shows what lies below its folders, and nothing else, whatever the way there', () => {
    expect(readablePath(policy, join(folder, 'models', 'tiny'))).toBe(join(folder, 'models', 'tiny'));
    expect(readablePath(policy, join(folder, 'models', 'alias'))).toBe(join(folder, 'models', 'tiny'));
    for (const path of ['models/link', 'models/../secret', 'secret', 'models-2', '.', '/', 'models/tiny/../../secret/config.json']) {
      expect(() => readablePath(policy, join(folder, path)), path).toThrowError(expect.objectContaining({ code: 'FILE_NOT_FOUND' }));
    }
    expect(readablePath({ readPaths: 'any', writeFiles: true }, '/')).toBe('/');
  });

  it('holds over the protocol', async () => {
    const [near, far] = inProcessPair();
    serve(far, new EngineService({ policy }));
    const client = new Client(near);
    await expect(client.call('checkpoint.inspect', { model: join(folder, 'secret') })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(client.call('checkpoint.inspect', { model: join(folder, 'models', 'tiny') })).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: expect.stringContaining('config.json'),
    });
    await expect(client.call('run.open', { path: join(folder, 'secret') })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    await expect(client.call('run.capture', { path: join(folder, 'secret') })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
    client.close();
  });

  it('refuses to write where it may not', () => {
    expect(() => writablePath(policy, join(folder, 'models', 'x.npy'))).toThrowError(
      expect.objectContaining({ code: 'FILE_WRITE_FAILED' }),
    );
    expect(writablePath({ readPaths: 'any', writeFiles: true }, join(folder, 'x.npy'))).toBe(join(folder, 'x.npy'));
  });
});
