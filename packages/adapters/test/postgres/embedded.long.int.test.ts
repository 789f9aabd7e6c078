import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../src/postgres/embedded/embedded.js';
import { isRunning } from '../../src/postgres/embedded/processes.js';
import { admin } from '../setup/admin.js';
import {
  asRoot,
  initialised,
  newFolder,
  read,
  start,
  startInChild,
  write,
} from '../setup/embedded.js';

describe('an embedded server', () => {
  const lines: string[] = [];
  let server: EmbeddedPostgres;

  beforeAll(async () => {
    process.env.STRIPE_SECRET_KEY = 'sk_test_embedded';
    const log = (line: string) => lines.push(line);
    server = await start(await initialised(), { log, keep: true });
    delete process.env.STRIPE_SECRET_KEY;
  });
  afterAll(() => server.close());

  it('listens on the loopback only, and is durable unless told otherwise', async () => {
    const shown = await admin(
      server.connectionString,
      `select current_setting('listen_addresses') as addresses, current_setting('fsync') as fsync,
         current_setting('unix_socket_directories') as sockets`,
    );
    expect(shown).toEqual([{ addresses: '127.0.0.1', fsync: 'on', sockets: '' }]);
  });

  it('lets nobody in without the password, and nobody else read it', async () => {
    const wrong = new URL(server.connectionString);
    wrong.password = 'wrong';
    await expect(admin(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(server.dataDir, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(server.dataDir, 'cluster'))).mode & 0o777).toBe(0o700);
  });

  it.runIf(process.platform === 'linux')('does not get our environment', async () => {
    const environment = await readFile(`/proc/${server.pid}/environ`, 'utf8');
    expect(environment).toContain('LC_ALL');
    expect(environment).not.toContain('sk_test_embedded');
  });

  it('keeps the values of failed statements out of its log', async () => {
    await admin(server.connectionString, 'create table once (word text unique)');
    await admin(server.connectionString, `insert into once values ('hush')`);
    await expect(
      admin(server.connectionString, `insert into once values ('hush')`),
    ).rejects.toThrow();
    await expect.poll(() => lines.join('\n')).toContain('duplicate key');
    expect(lines.join('\n')).not.toContain('hush');
  });
});

describe('an embedded database', () => {
  it('keeps its data and its password over a restart', async () => {
    const dataDir = newFolder();
    const first = await start(dataDir);
    await write(first, 'kept');
    await first.close();
    expect(await isRunning(first.pid)).toBe(false);
    const second = await start(dataDir);
    expect(await read(second)).toEqual(['kept']);
    expect(new URL(second.connectionString).password).toBe(
      new URL(first.connectionString).password,
    );
  });

  it('takes the port it is asked for, and another when that is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const address = holder.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const dataDir = await initialised();
    const elsewhere = await start(dataDir, { port });
    expect(elsewhere.port).not.toBe(port);
    await elsewhere.close();
    await new Promise((resolve) => holder.close(resolve));
    expect((await start(dataDir, { port })).port).toBe(port);
  });

  it('can be closed twice, with connections open', async () => {
    const server = await start(await initialised());
    const client = new pg.Client({ connectionString: server.connectionString });
    client.on('error', () => {});
    await client.connect();
    await Promise.all([server.close(), server.close()]);
    expect(await isRunning(server.pid)).toBe(false);
  });
});

describe('a data folder in use', () => {
  it('by another process is refused, naming that process', async () => {
    const dataDir = await initialised();
    const { child, started } = await startInChild(dataDir);
    const refused = await startEmbeddedPostgres({ dataDir });
    expect(refused._unsafeUnwrapErr()).toMatchObject({ type: 'EmbeddedInUse', pid: child.pid });
    expect(await isRunning(started?.pid ?? 0)).toBe(true);
  });

  it('by ourselves is refused too', async () => {
    const dataDir = await initialised();
    await start(dataDir);
    const refused = await startEmbeddedPostgres({ dataDir });
    expect(refused._unsafeUnwrapErr()).toMatchObject({ type: 'EmbeddedInUse', pid: process.pid });
  });

  it('by two who start at once goes to one of them', async () => {
    const dataDir = await initialised();
    const both = await Promise.all([startInChild(dataDir), startInChild(dataDir)]);
    expect(both.filter(({ started }) => started)).toHaveLength(1);
    expect(both.find(({ refused }) => refused)?.refused?.type).toBe('EmbeddedInUse');
  });

  it.runIf(process.platform === 'linux')(
    'by a dead owner whose pid lives again is free',
    async () => {
      const dataDir = newFolder();
      await mkdir(dataDir);
      const claim = { pid: process.pid, startedAt: '1' };
      await writeFile(join(dataDir, 'owner.json'), JSON.stringify(claim));
      await start(dataDir);
    },
  );
});

describe('what can not work', () => {
  it('because the folder is a file is said, naming it', async () => {
    const dataDir = newFolder();
    await writeFile(dataDir, '');
    const refused = await startEmbeddedPostgres({ dataDir });
    expect(refused._unsafeUnwrapErr()).toMatchObject({ type: 'EmbeddedFolderUnusable', dataDir });
  });

  it('because the data is of another Postgres is said in its own words, and can be retried', async () => {
    const dataDir = await initialised();
    const version = join(dataDir, 'cluster', 'PG_VERSION');
    await writeFile(version, '17\n');
    const refused = await startEmbeddedPostgres({ dataDir });
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      type: 'EmbeddedOtherVersion',
      found: '17',
      installed: 18,
    });
    await writeFile(version, '18\n');
    await start(dataDir);
  });
});

describe('data that is not whole', () => {
  it.each([
    ['cluster/PG_VERSION', 'holds no database of Postgres'],
    ['password', 'the file password is gone'],
  ])('for want of %s is said, and left alone', async (file, detail) => {
    const dataDir = await initialised();
    await rm(join(dataDir, file));
    const refused = await startEmbeddedPostgres({ dataDir });
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      type: 'EmbeddedFolderUnusable',
      detail: expect.stringContaining(detail),
    });
    expect((await stat(join(dataDir, 'cluster/base'))).isDirectory()).toBe(true);
  });
});

describe.runIf(process.platform !== 'win32')('under a umask that closes nothing', () => {
  let umask = 0;
  beforeAll(() => {
    umask = process.umask(0);
  });
  afterAll(() => {
    process.umask(umask);
  });

  it('everything is closed all the same, a folder from before too', async () => {
    const dataDir = newFolder();
    await mkdir(dataDir);
    await start(dataDir);
    // The database user has to pass through for root.
    const passable = asRoot ? 0o711 : 0o700;
    const modes = await Promise.all(
      ['.', 'cluster', 'owner.json', 'password', 'cluster/postgresql.conf'].map(async (name) => [
        name,
        (await stat(join(dataDir, name))).mode & 0o777,
      ]),
    );
    expect(Object.fromEntries(modes)).toEqual({
      '.': passable,
      cluster: 0o700,
      'owner.json': 0o600,
      password: 0o600,
      'cluster/postgresql.conf': 0o600,
    });
  });
});

describe.runIf(asRoot)('for root, in a folder that only root may enter', () => {
  async function privateFolder(): Promise<{ dataDir: string; sharedDir: string }> {
    const home = newFolder();
    await mkdir(home, { mode: 0o700 });
    return { dataDir: join(home, 'data'), sharedDir: newFolder() };
  }

  it('the data goes where the database user can reach it, and stays there', async () => {
    const { dataDir, sharedDir } = await privateFolder();
    const first = await start(dataDir, { sharedDir });
    expect(first.dataDir.startsWith(sharedDir)).toBe(true);
    await write(first, 'kept');
    await first.close();
    const second = await start(dataDir, { sharedDir });
    expect(second.dataDir).toBe(first.dataDir);
    expect(await read(second)).toEqual(['kept']);
  });

  it('deleting the folder starts afresh', async () => {
    const { dataDir, sharedDir } = await privateFolder();
    const first = await start(dataDir, { sharedDir });
    await write(first, 'old');
    await first.close();
    await rm(dataDir, { recursive: true });
    const second = await start(dataDir, { sharedDir });
    await expect(read(second)).rejects.toThrow('notes');
  });

  it('existing data that became unreachable is not replaced by an empty database', async () => {
    const { dataDir, sharedDir } = await privateFolder();
    const home = join(dataDir, '..');
    await chmod(home, 0o711);
    await (await start(dataDir, { sharedDir })).close();
    await chmod(home, 0o700);
    const refused = await startEmbeddedPostgres({ dataDir, sharedDir });
    expect(refused._unsafeUnwrapErr()).toMatchObject({ type: 'EmbeddedFolderUnusable' });
  });
});
