import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { asRoot, campusgPay, newFolder } from './cli.js';

/** A folder with this `.env`, owner-only. */
async function folderWith(text: string | Buffer): Promise<string> {
  const folder = await newFolder();
  await writeFile(join(folder, '.env'), text, { mode: 0o600 });
  return folder;
}

/** What `config` shows of a variable, and where it comes from. */
async function configIn(folder: string, env: Readonly<Record<string, string>> = {}) {
  const { code, stdout, stderr } = await campusgPay(['config', '--json'], env, folder);
  const { variables, warnings, envFile } = JSON.parse(stdout || '{"variables":[]}');
  const of = (name: string) => {
    const { value, source } = variables.find(
      ({ variable }: { variable: string }) => variable === name,
    );
    return [value, source];
  };
  return { code, stdout, stderr, of, warnings, envFile };
}

describe('the .env file of the current folder', () => {
  it('is read by a command as by the service, below the shell', async () => {
    const folder = await folderWith(
      '\uFEFFexport PORT=8080 # the door\r\nLOG_LEVEL="warn"\r\nSANDBOX_PORT=1\r\nKAFKA_BROKERS=file:1\r\n',
    );
    const { of, code, envFile } = await configIn(folder, {
      LOG_LEVEL: 'debug',
      SANDBOX_PORT: '',
      KAFKA_BOOTSTRAP_SERVERS: 'shell:1',
    });
    expect(code).toBe(0);
    expect(of('PORT')).toEqual(['8080', '.env']);
    expect(of('LOG_LEVEL')).toEqual(['debug', 'environment']);
    // Set to nothing in the shell leaves out what the file says, and so does its other name.
    expect(of('SANDBOX_PORT')).toEqual(['12111', 'default']);
    expect(of('KAFKA_BROKERS')).toEqual([null, 'default']);
    expect(of('KAFKA_BOOTSTRAP_SERVERS')).toEqual(['shell:1', 'environment']);
    expect(envFile).toBe(join(folder, '.env'));
  });

  it.each([
    [['migrate', '--status'], /ECONNREFUSED/],
    [['status'], /ECONNREFUSED/],
    [['payments', 'list'], /ECONNREFUSED/],
    [['doctor'], /ECONNREFUSED/],
  ])('decides the database of %j too', async (args, said) => {
    const folder = await folderWith('DATABASE_URL=postgres://u@127.0.0.1:1/d\n');
    const { code, stdout, stderr } = await campusgPay(args, {}, folder);
    expect(code).toBe(3);
    expect(`${stdout}${stderr}`).toMatch(said);
  });

  it('decides the brokers of kafka topics too', async () => {
    const folder = await folderWith('KAFKA_BROKERS=127.0.0.1:1\n');
    const { code, stderr } = await campusgPay(['kafka', 'topics', '--check'], {}, folder);
    expect(code).toBe(3);
    expect(stderr).toMatch(/127\.0\.0\.1:1|ECONNREFUSED|answer/);
  });

  it('may have another name', async () => {
    const folder = await folderWith('PORT=8080\n');
    const elsewhere = await newFolder();
    const CAMPUSG_PAY_ENV_FILE = join(folder, '.env');
    const { of } = await configIn(elsewhere, { CAMPUSG_PAY_ENV_FILE });
    expect(of('PORT')).toEqual(['8080', '.env']);
    const missing = await configIn(elsewhere, { CAMPUSG_PAY_ENV_FILE: 'missing.env' });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain("  missing.env can't be read (ENOENT)");
  });

  it('that can not be understood is refused by line, and tells no value', async () => {
    const folder = await folderWith('PORT=8080\nhunter2\nAPI_KEYS="orders:hunter2\n');
    for (const command of ['config', 'serve', 'status', 'doctor', 'migrate']) {
      const { code, stdout, stderr } = await campusgPay([command], {}, folder);
      expect(code).toBe(1);
      expect(`${stdout}${stderr}`).toMatch(/\.env line 2 must be NAME=value/);
      expect(`${stdout}${stderr}`).toMatch(/\.env line 3 opens a quote in API_KEYS/);
      expect(`${stdout}${stderr}`).not.toContain('hunter2');
    }
  });

  it('in UTF-16, as some shells of Windows write it, is refused by name', async () => {
    const folder = await folderWith(Buffer.from('\uFEFFPORT=8080\n', 'utf16le'));
    const { code, stderr } = await configIn(folder);
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('.env must be a text file in UTF-8'),
    ]);
  });

  it('is no folder: Python keeps its environments in one', async () => {
    const folder = await newFolder();
    await mkdir(join(folder, '.env'));
    expect(await configIn(folder)).toMatchObject({ code: 0, envFile: null });
  });

  it('that everybody may read is warned about, with the cure', async () => {
    const folder = await folderWith('STRIPE_SECRET_KEY=sk_test_1\n');
    expect((await configIn(folder)).warnings).toEqual([]);
    await chmod(join(folder, '.env'), 0o644);
    expect((await configIn(folder)).warnings).toEqual([
      {
        variable: '.env',
        rule: 'can be read by other users of this machine: chmod 600 .env',
      },
    ]);
  });

  it('that anybody may write is refused: it could lead our key elsewhere', async () => {
    const folder = await folderWith('PORT=8080\n');
    await chmod(join(folder, '.env'), 0o666);
    const { code, stderr } = await configIn(folder);
    expect(code).toBe(1);
    expect(stderr).toContain('.env can be written by everybody: chmod 600 it');
  });

  it.runIf(asRoot)('that somebody else left in a folder of all is refused', async () => {
    const folder = await folderWith('PORT=8080\n');
    await chown(join(folder, '.env'), 65_534, 65_534);
    await chmod(folder, 0o1777);
    const { code, stderr } = await configIn(folder);
    expect(code).toBe(1);
    expect(stderr).toContain('.env belongs to another user');
    // In a folder of their own it is theirs, and so meant.
    await chown(folder, 65_534, 65_534);
    await chmod(folder, 0o755);
    expect((await configIn(folder)).of('PORT')).toEqual(['8080', '.env']);
  });
});

describe('a name that is not read', () => {
  const WRONG = { STRIPE_SECRETKEY: 'sk_test_hunter2', HOLD_EXPIRY_DAYS: '3', API_KEY: '' };

  it('is told once by every command that reads settings, not its value', async () => {
    const folder = await folderWith('OPS_APROVAL_ABOVE=500 USD\nPGSSLMODE=require\n');
    const told = [
      /^Warning: STRIPE_SECRETKEY is not .*: did you mean STRIPE_SECRET_KEY\?$/gm,
      /^Warning: HOLD_EXPIRY_DAYS is not .*: \.env\.example names every variable$/gm,
      /^Warning: OPS_APROVAL_ABOVE is not .*: did you mean OPS_APPROVAL_ABOVE\?$/gm,
      /^Warning: PGSSLMODE has no effect in a settings file: set it in the shell$/gm,
    ];
    for (const args of [['config'], ['status'], ['migrate'], ['kafka', 'topics']]) {
      const { stderr } = await campusgPay(args, WRONG, folder);
      expect(told.map((line) => stderr.match(line)?.length)).toEqual([1, 1, 1, 1]);
      expect(stderr.match(/^Warning: /gm)).toHaveLength(4);
      expect(stderr).not.toContain('hunter2');
    }
  });

  it('is a warning of the doctor, and in the log of the service', async () => {
    const { stdout } = await campusgPay(['doctor', '--json'], { DATABASE_ULR: 'postgres://x' });
    expect(JSON.parse(stdout.split('\n')[0] ?? '')).toMatchObject({
      name: 'settings',
      state: 'warn',
      found: expect.stringContaining('did you mean DATABASE_URL?'),
    });
    const served = await campusgPay(['serve'], {
      DATABASE_ULR: 'postgres://x',
      DATABASE_URL: 'postgres://u@127.0.0.1:1/d',
    });
    expect(served.code).toBe(3);
    expect(served.stdout).toMatch(/"variable":"DATABASE_ULR".*did you mean DATABASE_URL/);
  });
});
