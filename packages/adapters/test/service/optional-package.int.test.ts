import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { loadOptional, optionalPackage } from '../../src/service/optional-package.js';

/** What Node itself says of a package that is not there; Vitest would say it in other words. */
function absence(how: 'import' | 'require', name: string): Error {
  const attempt = `${how === 'import' ? 'await import' : 'require'}('${name}')`;
  const code = `try { ${attempt} } catch (e) { console.log(JSON.stringify([e.message, e.code])) }`;
  const type = how === 'import' ? 'module' : 'commonjs';
  const node = spawnSync(process.execPath, [`--input-type=${type}`, '-e', code]);
  const [message, errorCode] = JSON.parse(node.stdout.toString());
  return Object.assign(new Error(message), { code: errorCode });
}

const WANTED = { package: 'absent-package', neededBy: 'This test' };

describe('a package that only some need', () => {
  it('is loaded where it is installed', async () => {
    expect((await loadOptional(WANTED, async () => 'loaded'))._unsafeUnwrap()).toBe('loaded');
  });

  it.each(['import', 'require'] as const)('is named where %s does not find it', async (how) => {
    const missing = async () => {
      throw absence(how, WANTED.package);
    };
    const loaded = await loadOptional(WANTED, missing);
    expect(loaded._unsafeUnwrapErr()).toEqual({ type: 'NotInstalled', ...WANTED });
  });

  it('is not taken for missing because one of its own dependencies is', async () => {
    const broken = async () => {
      throw absence('import', 'another-package');
    };
    await expect(loadOptional(WANTED, broken)).rejects.toThrow('another-package');
  });

  it('is tried once: what came of it holds', async () => {
    let tries = 0;
    const load = optionalPackage(WANTED, async () => {
      tries += 1;
      // As a module of CommonJS does that ended early: the second time it is there, empty.
      if (tries === 1) throw absence('require', WANTED.package);
      return undefined;
    });
    const missing = { type: 'NotInstalled', ...WANTED };
    expect((await load())._unsafeUnwrapErr()).toEqual(missing);
    expect((await load())._unsafeUnwrapErr()).toEqual(missing);
  });
});
