import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/postgres/embedded/embedded.js';
import type { ServerEvent } from '../../src/postgres/embedded/supervised-server.js';
import { admin } from '../setup/admin.js';
import { initialised, newFolder, read, start, write } from '../setup/embedded.js';
import { isMountable, mounted, unmountAll } from '../setup/small-disk.js';

/** A server, and what it tells of itself. */
async function watched(dataDir: string) {
  const events: ServerEvent[] = [];
  const server = await start(dataDir, { onEvent: (event) => events.push(event) });
  return { server, events, types: () => events.map(({ type }) => type) };
}

describe('a server that nobody asked to end', () => {
  it('says so, and comes up on the same port with all that it acknowledged', async () => {
    const { server, types } = await watched(await initialised());
    await write(server, 'acknowledged');
    const former = server.pid;
    process.kill(former, 'SIGKILL');
    await expect.poll(types).toEqual(['ended', 'restarted']);
    expect(server.pid).not.toBe(former);
    expect(await read(server)).toEqual(['acknowledged']);
  });

  it('comes up again each time', async () => {
    const { server, types } = await watched(await initialised());
    process.kill(server.pid, 'SIGKILL');
    await expect.poll(types).toHaveLength(2);
    process.kill(server.pid, 'SIGKILL');
    await expect.poll(types).toEqual(['ended', 'restarted', 'ended', 'restarted']);
    await write(server, 'once more');
  });

  it('stays down when it is closed meanwhile', async () => {
    const { server, types } = await watched(await initialised());
    process.kill(server.pid, 'SIGKILL');
    await server.close();
    await expect(admin(server.connectionString, 'select 1')).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
    expect(types()).not.toContain('restart-failed');
  });

  it('of which one process is killed says so, and goes on', async () => {
    const { server, types } = await watched(await initialised());
    await write(server, 'acknowledged');
    const clients = [1, 2].map(() => {
      const client = new pg.Client({ connectionString: server.connectionString });
      client.on('error', () => {});
      return client;
    });
    for (const client of clients) await client.connect();
    const { rows } = (await clients[0]?.query('select pg_backend_pid() as pid')) ?? { rows: [] };
    process.kill(rows[0].pid, 'SIGKILL');
    await expect.poll(types).toEqual(['connection-crashed']);
    await expect.poll(() => read(server).catch(() => [])).toEqual(['acknowledged']);
    for (const client of clients) await client.end().catch(() => {});
  });
});

describe.runIf(isMountable)('on a full disk', () => {
  afterEach(unmountAll);

  it('keeps what it acknowledged, says so, and goes on once there is room', async () => {
    const dataDir = await mounted(newFolder(), '160m');
    const { server, types } = await watched(join(dataDir, 'data'));
    await write(server, 'before');
    const ballast = join(dataDir, 'ballast');
    await writeFile(ballast, Buffer.alloc(160 << 20)).catch(() => {});
    const insert = `insert into notes select repeat(md5(i::text), 200) from generate_series(1, 5000) i`;
    await expect(
      (async () => {
        for (;;) await admin(server.connectionString, insert);
      })(),
    ).rejects.toThrow();
    await expect.poll(() => types().some((type) => /disk-full|ended/.test(type))).toBe(true);
    await rm(ballast);
    const count = () =>
      read(server).then(
        ({ length }) => length,
        () => 0,
      );
    await expect.poll(count, { timeout: 60_000 }).toBeGreaterThan(0);
    await write(server, 'after');
    expect(await read(server)).toEqual(expect.arrayContaining(['before', 'after']));
    await server.close();
  });

  it('is not begun, and says so', async () => {
    const dataDir = await mounted(newFolder(), '20m');
    const refused = await startEmbeddedPostgres({ dataDir: join(dataDir, 'data') });
    expect(refused._unsafeUnwrapErr().type).toBe('EmbeddedDiskFull');
  });

  it.each(['ro', 'noexec,ro'])('that is mounted %s is told as read-only', async (options) => {
    const dataDir = await mounted(newFolder(), '1m');
    execFileSync('mount', ['-o', `remount,${options}`, dataDir]);
    const refused = await startEmbeddedPostgres({ dataDir: join(dataDir, 'data') });
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      type: 'EmbeddedFolderUnusable',
      detail: 'its file system is read-only (EROFS)',
    });
  });
});
