import { execFileSync } from 'node:child_process';
import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../src/index.js';
import { serveSandbox } from './process.js';
import { clientOf, hold, newFolder } from './support.js';

/** How large a file of that process may grow: to it, a disk that is full at that size. */
function limitFiles(pid: number, bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(pid), `--fsize=${bytes}:`]);
}

describe.runIf(process.platform === 'linux')('where nothing more can be written', () => {
  it('acknowledges nothing that is not written, says so, and goes on once it can be', async () => {
    const file = join(await newFolder(), 'sandbox.jsonl');
    const sandbox = await serveSandbox(['--port', '0', '--data', file]);
    const { pid = 0 } = sandbox.child;
    const stripe = clientOf(sandbox.url);
    const before = await hold(stripe, {}, { idempotencyKey: 'before' });
    const { size } = await stat(file);
    // In the middle of the next line.
    limitFiles(pid, size + 100);
    await expect(hold(stripe, {}, { idempotencyKey: 'k' })).rejects.toMatchObject({
      statusCode: 500,
      message: expect.stringContaining("can't write its data file"),
    });
    // Neither told to who asks, nor to who repeats.
    await expect(stripe.paymentIntents.list({ limit: 100 })).rejects.toThrow('data file');
    await expect(hold(stripe, {}, { idempotencyKey: 'k' })).rejects.toThrow('data file');
    expect((await stat(file)).size).toBe(size);

    limitFiles(pid, 'unlimited');
    const repeated = await hold(stripe, {}, { idempotencyKey: 'k' });
    const { stderr } = await sandbox.stop();
    expect(
      stderr.match(/can't be written \(EFBIG\): requests are answered with 500/g),
    ).toHaveLength(1);
    expect(stderr.match(/can be written again; nothing was lost/g)).toHaveLength(1);
    const again = await startSandbox({ dataFile: file });
    const { data } = await clientOf(again.url).paymentIntents.list({ limit: 100 });
    expect(data.map(({ id }) => id).sort()).toEqual([before.id, repeated.id].sort());
    await again.close();
  });

  it('keeps half a line from nobody who reads the file later', async () => {
    const file = join(await newFolder(), 'sandbox.jsonl');
    const sandbox = await serveSandbox(['--port', '0', '--data', file]);
    await hold(clientOf(sandbox.url));
    const { size } = await stat(file);
    limitFiles(sandbox.child.pid ?? 0, size + 100);
    await expect(hold(clientOf(sandbox.url))).rejects.toThrow('data file');
    sandbox.child.kill('SIGKILL');
    expect(await readFile(file, 'utf8')).toMatch(/\n$/);
    await (await startSandbox({ dataFile: file })).close();
  });
});

describe.runIf(process.platform !== 'win32')('the data file', () => {
  let umask = 0;
  beforeAll(() => {
    umask = process.umask(0);
  });
  afterAll(() => {
    process.umask(umask);
  });

  it('is for its owner only, whatever the umask, and with its folder where that is new', async () => {
    const folder = join(await newFolder(), 'data');
    const file = join(folder, 'sandbox.jsonl');
    const sandbox = await startSandbox({ dataFile: file });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    sandbox.reset();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await sandbox.close();
  });

  it('that everybody could read is closed', async () => {
    const file = join(await newFolder(), 'sandbox.jsonl');
    await writeFile(file, '');
    await chmod(file, 0o644);
    await (await startSandbox({ dataFile: file })).close();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });
});
