import { HeadscopeError } from '../../../protocol/errors.ts';
import { command } from '../command.ts';

export const doctor = command({
  name: 'doctor',
  summary: 'Check what this machine has and what is missing, with the line that installs it.',
  usage: 'headscope doctor [--json]',
  options: {},
  run: async ({ engine, signal, say }) => {
    const { checks } = await (await engine()).call('engine.doctor', {}, { signal });
    for (const { name, ok, detail, fix } of checks) say(`${ok ? 'ok  ' : 'MISS'}  ${name}: ${detail}${ok || !fix ? '' : `\n      ${fix}`}`);
    const missing = checks.filter(({ ok }) => !ok);
    if (missing.length > 0) {
      throw new HeadscopeError('NATIVE_MISSING', `${missing.length} of ${checks.length} checks failed.`, {
        missing: missing.map(({ name }) => name),
        checks,
      });
    }
    return { ok: true, checks };
  },
});
