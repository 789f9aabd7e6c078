import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ARCHIVE_RIGHTS,
  checkRights,
  OPERATOR_RIGHTS,
  SERVICE_RIGHTS,
} from '../../src/postgres/schema/table-rights.js';
import { admin } from '../setup/admin.js';
import { testDatabase } from '../setup/database.js';

const { connectionString } = await testDatabase();
const role = `service_${process.pid}`;
const url = new URL(connectionString);
url.username = role;
url.password = 'x';

const sql = (text: string) => admin<{ name: string }>(connectionString, text);

beforeAll(() => sql(`create role ${role} login password 'x'`));
afterAll(async () => {
  await sql(`drop owned by ${role}`);
  await sql(`drop role ${role}`);
});

describe('the rights on our tables', () => {
  it('that are missing are named as the statements that give them, until none is', async () => {
    for (let round = 0; ; round += 1) {
      const checked = await checkRights({ connectionString: url.href }, 'operator');
      if (checked.isOk()) {
        expect(round).toBe(2);
        break;
      }
      if (checked.error.type !== 'MigrationFailed') throw new Error(checked.error.reason);
      const { detail, cure = '' } = checked.error;
      expect(detail).toContain(`the user "${role}" lacks rights on `);
      expect(cure).toMatch(/^grant [a-z, ]+ on "public"\.\w+/);
      await sql(cure);
    }
  });

  it('of moving histories out are asked for only where that is configured', async () => {
    const without = await checkRights({ connectionString: url.href }, 'operator');
    expect(without.isOk()).toBe(true);
    const asked = await checkRights({ connectionString: url.href }, 'service', true);
    const { cure } = asked._unsafeUnwrapErr() as { readonly cure: string };
    expect(cure).toContain(`grant delete on "public".payment_events, "public".stripe_events`);
    await sql(cure);
    const given = await checkRights({ connectionString: url.href }, 'service', true);
    expect(given.isOk()).toBe(true);
  });

  it('of a single table, and a database that takes no writes', async () => {
    await sql(`revoke delete on outbox from ${role}`);
    expect(
      (await checkRights({ connectionString: url.href }, 'service'))._unsafeUnwrapErr(),
    ).toMatchObject({
      cure: `grant delete on "public".outbox to "${role}"`,
    });
    await sql(`grant delete on outbox to ${role}`);
    await sql(`alter role ${role} set default_transaction_read_only = on`);
    expect(
      (await checkRights({ connectionString: url.href }, 'service'))._unsafeUnwrapErr(),
    ).toMatchObject({
      code: 'ERR_TAKES_NO_WRITES',
    });
    await sql(`alter role ${role} set default_transaction_read_only = off`);
    expect((await checkRights({ connectionString: url.href }, 'service')).isOk()).toBe(true);
  });
});

describe('the list of rights', () => {
  const source = fileURLToPath(new URL('../../src/postgres/', import.meta.url));
  const texts = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(source, file), 'utf8'))
    .join('\n');
  const listed = new Set(
    [SERVICE_RIGHTS, OPERATOR_RIGHTS, ARCHIVE_RIGHTS].flatMap((rights) =>
      Object.entries(rights).flatMap(([table, all]) => all.map((right) => `${right} ${table}`)),
    ),
  );

  it('has every table of ours', async () => {
    const tables = await sql(
      `select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'schema_migrations'`,
    );
    for (const { name } of tables) expect(listed).toContain(`select ${name}`);
  });

  it('has all that our statements write', () => {
    const written = [
      ...[...texts.matchAll(/\binsert into (\w+)[^`]*?(?=`|\binsert into)/g)].flatMap(
        ([text, table]) =>
          /on conflict[^`]*do update/.test(text)
            ? [`insert ${table}`, `update ${table}`]
            : [`insert ${table}`],
      ),
      ...[...texts.matchAll(/\bupdate (\w+)(?: \w+)?\s+set\b/g)].map(
        ([, table]) => `update ${table}`,
      ),
      ...[...texts.matchAll(/\bdelete from (\w+)/g)].map(([, table]) => `delete ${table}`),
    ];
    expect(written.length).toBeGreaterThan(30);
    expect(written.filter((right) => !listed.has(right))).toEqual([]);
  });
});
