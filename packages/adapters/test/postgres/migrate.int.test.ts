import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { findMigrations, migrate, migrationStatus } from '../../src/postgres/schema/migrate.js';
import { admin, urlOfDatabase } from '../setup/admin.js';

const { adminUrl, template } = inject('postgres');
const root = await mkdtemp(join(tmpdir(), 'campusg-pay-migrations-'));
const created: string[] = [];
let connectionString = '';

// Not from the template: an empty database.
beforeEach(async () => {
  const name = `${template}_empty_${created.push(connectionString)}`;
  await admin(adminUrl, `create database ${name} template template0`);
  connectionString = urlOfDatabase(adminUrl, name);
  created[created.length - 1] = name;
});

afterAll(async () => {
  for (const name of created) await admin(adminUrl, `drop database ${name} with (force)`);
  await rm(root, { recursive: true, force: true });
});

const good = {
  '000001_first.sql':
    '-- Up Migration\ncreate table first (id int);\n-- Down Migration\ndrop table first;',
  // Slow, so that concurrent runs meet.
  '000002_second.sql': '-- Up Migration\ncreate table second (id int); select pg_sleep(0.3);',
};

async function folder(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(root, 'set-'));
  for (const [name, sql] of Object.entries(files)) await writeFile(join(dir, name), sql);
  return dir;
}

async function tables(): Promise<string[]> {
  const rows = await admin<{ name: string }>(
    connectionString,
    `select tablename as name from pg_tables where schemaname = 'public' order by 1`,
  );
  return rows.map(({ name }) => name);
}

describe('migrating', () => {
  it('applies what is pending, in order, and says what is in force', async () => {
    const dir = await folder(good);
    expect((await migrate({ connectionString, dir }))._unsafeUnwrap()).toEqual({
      applied: ['000001_first', '000002_second'],
      current: '000002_second',
    });
    expect(await tables()).toEqual(['first', 'schema_migrations', 'second']);
  });

  it('again does nothing', async () => {
    const dir = await folder(good);
    await migrate({ connectionString, dir });
    expect((await migrate({ connectionString, dir }))._unsafeUnwrap()).toEqual({
      applied: [],
      current: '000002_second',
    });
  });

  it('from four replicas at once succeeds in all, and one does the work', async () => {
    const dir = await folder(good);
    const runs = await Promise.all([1, 2, 3, 4].map(() => migrate({ connectionString, dir })));
    const results = runs.map((run) => run._unsafeUnwrap());
    expect(results.map(({ current }) => current)).toEqual(Array(4).fill('000002_second'));
    expect(results.filter(({ applied }) => applied.length > 0)).toHaveLength(1);
  });

  it('with a broken file leaves nothing behind and names the reason', async () => {
    const dir = await folder({ ...good, '000003_broken.sql': 'create table third (id nonsense);' });
    expect((await migrate({ connectionString, dir }))._unsafeUnwrapErr()).toMatchObject({
      type: 'MigrationFailed',
      detail: expect.stringContaining('nonsense'),
    });
    expect(await tables()).toEqual(['schema_migrations']);
  });

  it('leaves a database alone that is ahead of this release', async () => {
    await migrate({ connectionString, dir: await folder(good) });
    const { '000001_first.sql': first } = good;
    const older = await migrate({
      connectionString,
      dir: await folder({ '000001_first.sql': first }),
    });
    expect(older._unsafeUnwrap()).toEqual({ applied: [], current: '000002_second' });
  });

  it('refuses a file that sorts before one already applied', async () => {
    await migrate({ connectionString, dir: await folder(good) });
    const dir = await folder({ ...good, '000000_late.sql': 'create table late (id int);' });
    const refused = await migrate({ connectionString, dir });
    expect(refused._unsafeUnwrapErr()).toMatchObject({ type: 'MigrationFailed' });
  });

  it('runs SQL files only', async () => {
    const dir = await folder({ ...good, '.gitkeep': '', 'notes.txt~': 'not sql' });
    expect((await migrate({ connectionString, dir }))._unsafeUnwrap().applied).toHaveLength(2);
  });

  it('is silent unless somebody listens', async () => {
    const writes = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'));
    const prints = (['log', 'info', 'warn', 'error', 'debug'] as const).map((level) =>
      vi.spyOn(console, level),
    );
    const lines: string[] = [];
    const { '000001_first.sql': first } = good;
    const note = (facts: object) => lines.push(JSON.stringify(facts));
    const log = { debug: note, info: note, warn: note, error: note };
    await migrate({ connectionString, dir: await folder({ '000001_first.sql': first }) });
    await migrate({ connectionString, dir: await folder(good), log });
    const calls = [...writes, ...prints].flatMap((spy) => spy.mock.calls);
    vi.restoreAllMocks();
    expect(calls).toEqual([]);
    expect(lines.join('\n')).toContain('000002_second');
  });

  it('says when the database is out of reach', async () => {
    const url = new URL(connectionString);
    url.password = 'wrong';
    const refused = await migrate({ connectionString: url.href, dir: await folder(good) });
    expect(refused._unsafeUnwrapErr()).toMatchObject({
      type: 'DatabaseUnavailable',
      reason: 'access',
    });
  });
});

describe('the status', () => {
  it('lists what waits, then what is applied, and changes nothing', async () => {
    const dir = await folder(good);
    expect((await migrationStatus({ connectionString, dir }))._unsafeUnwrap()).toEqual({
      applied: [],
      pending: ['000001_first', '000002_second'],
      newer: [],
    });
    expect(await tables()).toEqual([]);
    await migrate({ connectionString, dir });
    expect((await migrationStatus({ connectionString, dir }))._unsafeUnwrap()).toEqual({
      applied: ['000001_first', '000002_second'],
      pending: [],
      newer: [],
    });
  });

  it('of the template shows every migration of the package in force', async () => {
    const name = `${template}_status`;
    await admin(adminUrl, `create database ${name} template ${template}`);
    created.push(name);
    const status = await migrationStatus({ connectionString: urlOfDatabase(adminUrl, name) });
    expect(status._unsafeUnwrap().pending).toEqual([]);
  });
});

describe('the migrations folder', () => {
  it.each(['src/postgres', 'dist', 'dist/postgres'])('is found from %s', async (place) => {
    const packageRoot = await mkdtemp(join(root, 'package-'));
    await mkdir(join(packageRoot, 'migrations'));
    await mkdir(join(packageRoot, place), { recursive: true });
    await writeFile(join(packageRoot, 'package.json'), '{}');
    expect(findMigrations(join(packageRoot, place))).toBe(join(packageRoot, 'migrations'));
  });

  it('that is missing is a broken installation', async () => {
    expect(() => findMigrations(root)).toThrow('missing');
  });
});
