import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { bindUnnamed, defineStatement } from '../connection/statement.js';
import { SchemaUnusable } from './schema-client.js';

/** Where the tool notes what it has applied. */
export const MIGRATIONS_TABLE = 'schema_migrations';

/** A schema as its catalogue shows it, to a user who may have no right in it. */
export interface SchemaLook {
  readonly schema: string;
  readonly user: string;
  readonly mayUse: boolean;
  readonly mayCreate: boolean;
  /** Whether what has been applied may be read; true where nothing is noted. */
  readonly mayRead: boolean;
  /** All that has a name there, views and the like included. */
  readonly tables: readonly string[];
  /** Of the table where migrations are noted. */
  readonly columns: readonly string[];
  /** Who has the payments, if it is somebody else than the user, or a role that the user is in. */
  readonly stranger: string | null;
}

const LOOK = defineStatement()({
  name: 'look_at_schema',
  text: `
    select n.nspname::text as schema, current_user::text as "user",
      has_schema_privilege(n.oid, 'usage') as "mayUse",
      has_schema_privilege(n.oid, 'create') as "mayCreate",
      coalesce(has_table_privilege(m.oid, 'select'), true) as "mayRead",
      array(
        select relname::text from pg_class
        where relnamespace = n.oid and relkind in ('r', 'p', 'v', 'm', 'f') order by relname
      ) as tables,
      array(
        select attname::text from pg_attribute
        where attrelid = m.oid and attnum > 0 and not attisdropped
      ) as columns,
      case when not pg_has_role(p.relowner, 'usage')
        then pg_get_userbyid(p.relowner)::text end as stranger
    from pg_namespace n
    left join pg_class m on m.relnamespace = n.oid and m.relname = :noted
    left join pg_class p on p.relnamespace = n.oid and p.relname = 'payments'
    where n.nspname = :schema`,
});

const CURRENT = defineStatement<{ schema: string | null; user: string }>()({
  name: 'current_schema',
  text: 'select current_schema()::text as schema, current_user::text as "user"',
});

/**
 * Where our tables are, and where is noted what has been applied: in the schema, or the first that the
 * search path finds. Older releases noted it in `public` always.
 */
export async function findSchema(
  client: pg.Client,
  schema: string | undefined,
): Promise<{ readonly look: SchemaLook | null; readonly record: SchemaLook | null }> {
  const look = await lookAtSchema(client, schema ?? (await currentSchema(client)));
  if (schema !== undefined || look === null || look.columns.length > 0) {
    return { look, record: look };
  }
  const before = look.tables.includes('payments') ? await lookAtSchema(client, 'public') : null;
  return { look, record: before !== null && before.columns.length > 0 ? before : look };
}

async function currentSchema(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ schema: string | null; user: string }>(CURRENT.text);
  const [{ schema = null, user = '' } = {}] = rows;
  if (schema !== null) return schema;
  throw new SchemaUnusable(
    `the search path of the user ${quotedName(user)} names no schema that exists and that it may use`,
    `create schema NAME authorization ${quotedName(user)}, with the NAME of options in DATABASE_URL; or grant usage on schema NAME to ${quotedName(user)}`,
  );
}

/** Null where there is no such schema. */
async function lookAtSchema(client: pg.Client, schema: string): Promise<SchemaLook | null> {
  const { rows } = await client.query<SchemaLook>(
    bindUnnamed(LOOK, { schema, noted: MIGRATIONS_TABLE }),
  );
  return rows[0] ?? null;
}

const OWN_PLACE =
  'give us a database of our own: create database campusg_pay, and name it in DATABASE_URL; or a schema of our own: create schema campusg_pay, with ?options=-c%20search_path%3Dcampusg_pay in DATABASE_URL';

/** Refuses a record of migrations that we may not read, or that another tool or application keeps. */
export function requireOurRecord(look: SchemaLook): void {
  const { schema, user, columns } = look;
  if (!look.mayUse) {
    throw new SchemaUnusable(
      `the user ${quotedName(user)} may not use the schema ${quotedName(schema)}`,
      `grant usage on schema ${quotedName(schema)} to ${quotedName(user)}`,
    );
  }
  const isOurs = ['id', 'name', 'run_on'].every((column) => columns.includes(column));
  if (columns.length > 0 && !isOurs) throw foreignRecord(schema);
  if (!look.mayRead) {
    throw new SchemaUnusable(
      `the user ${quotedName(user)} may not read our tables in the schema ${quotedName(schema)}`,
      `grant select on ${quotedName(schema)}.${MIGRATIONS_TABLE} to ${quotedName(user)}; campusg-pay doctor tells what else it lacks`,
    );
  }
}

function foreignRecord(schema: string): SchemaUnusable {
  return new SchemaUnusable(
    `the table ${MIGRATIONS_TABLE} in the schema ${quotedName(schema)} belongs to another application`,
    OWN_PLACE,
  );
}

/**
 * What was applied and is not among our files, where a newer release of ours brought it: all of ours
 * come first, and it is named as ours are. Anything else is another application's.
 */
export function newerThan(
  ours: readonly string[],
  applied: readonly string[],
  schema: string,
): string[] {
  const others = applied.filter((name) => !ours.includes(name));
  const last = ours.toSorted().at(-1) ?? '';
  const isNewer = (name: string) => /^\d{6}_\w+$/.test(name) && name > last;
  const isAhead = ours.every((name) => applied.includes(name)) && others.every(isNewer);
  if (others.length > 0 && !isAhead) throw foreignRecord(schema);
  return others;
}

/** The tables and views that migrations make; they are ours, and written alike. */
export async function tablesMadeBy(dir: string, names: readonly string[]): Promise<string[]> {
  const texts = await Promise.all(names.map((name) => readFile(join(dir, `${name}.sql`), 'utf8')));
  const up = texts.map((text) => text.split('-- Down Migration')[0] ?? '');
  return up.flatMap((text) =>
    [...text.matchAll(/^create (?:table|view) (\w+)/gm)].map(([, name = '']) => name),
  );
}

/** Refuses where what is to be made is there already. */
export function requireNobodysTables(
  { schema, tables }: SchemaLook,
  toMake: readonly string[],
  applied: readonly string[],
): void {
  const taken = toMake.filter((name) => tables.includes(name));
  if (taken.length === 0) return;
  const since = applied.length === 0 ? 'no migration of ours is noted' : `after ${applied.at(-1)}`;
  throw new SchemaUnusable(
    `the schema ${quotedName(schema)} has ${taken.join(', ')} already, which we did not make (${since})`,
    OWN_PLACE,
  );
}

/** Refuses where what was made is gone, as after half a restore. */
export function requireOwnTables({ schema, tables }: SchemaLook, made: readonly string[]): void {
  const gone = made.filter((name) => !tables.includes(name));
  if (gone.length === 0) return;
  throw new SchemaUnusable(
    `the schema ${quotedName(schema)} lacks ${gone.join(', ')}, although the migrations that make them are noted as applied`,
    'restore the whole database from a backup, or take an empty one',
  );
}

/** Refuses where the user can't change the schema. */
export function requireMayMigrate({ schema, user, mayCreate, stranger }: SchemaLook): void {
  const otherUser = 'or run campusg-pay migrate with a DATABASE_URL whose user may';
  if (!mayCreate) {
    throw new SchemaUnusable(
      `the user ${quotedName(user)} may not make tables in the schema ${quotedName(schema)}`,
      `grant create on schema ${quotedName(schema)} to ${quotedName(user)}; ${otherUser}`,
    );
  }
  if (stranger !== null) {
    throw new SchemaUnusable(
      `the tables in the schema ${quotedName(schema)} belong to the user ${quotedName(stranger)}, and only that one may migrate them`,
      `grant ${quotedName(stranger)} to ${quotedName(user)}; ${otherUser}`,
    );
  }
}

/** A name as statements have it. */
export function quotedName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
