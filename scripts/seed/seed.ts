import { bookSql, type SeedSpan, type SeedWanted, spanOf } from './book.js';
import { INSTALLATION, PEOPLE, TABLES } from './rows.js';

/** As much of a connection of `pg` as seeding needs. */
export interface SeedClient {
  query<Row extends object>(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rows: Row[]; readonly rowCount: number | null }>;
}

/** What a seed came to. */
export interface Seeded {
  readonly span: SeedSpan;
  readonly rows: Readonly<Record<string, number>>;
}

/** The database holds something; nothing was changed. */
export class NotEmpty extends Error {
  override readonly name = 'NotEmpty';
}

/** Stands before the span, in the comment on the table `installation`. */
const MARK = 'seeded ';

/** What a database was seeded with; null where it was not. */
export async function seededSpan(db: SeedClient): Promise<SeedSpan | null> {
  const { rows } = await db.query<{ comment: string | null }>(
    "select obj_description(to_regclass('installation'), 'pg_class') as comment",
  );
  const comment = rows[0]?.comment ?? '';
  return comment.startsWith(MARK) ? JSON.parse(comment.slice(MARK.length)) : null;
}

/** Rows of `book` at a time: enough that statements cost nothing, few enough for temporary files. */
const PART = 500_000;

/**
 * Fills an empty, migrated database in one transaction: a seed that is broken off leaves nothing. Indexes
 * and constraints are taken off, and made again from what the catalog said of them, as whatever the
 * migrations made: checked against all rows, and built once instead of row by row.
 *
 * @param client without time limits for statements
 * @param onPart told what has just been done, and of what
 */
export async function seed(
  client: SeedClient,
  wanted: SeedWanted,
  onPart: (what: string) => void = () => {},
): Promise<Seeded> {
  const span = spanOf(wanted);
  await client.query('begin');
  try {
    await refuseUnlessEmpty(client);
    await client.query("set local maintenance_work_mem = '1GB'; set local work_mem = '256MB'");
    const takenOff = await takeOff(client);
    const rows = await fill(client, span, onPart);
    for (const definition of takenOff) {
      await client.query(definition);
      onPart(definition.slice(0, 100));
    }
    await client.query(`comment on table installation is '${MARK}${JSON.stringify(span)}'`);
    await client.query('commit');
    await client.query('vacuum (analyze)');
    return { span, rows };
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** Where anything is that was not made by migrating, all of it may be somebody's. */
async function refuseUnlessEmpty(client: SeedClient): Promise<void> {
  const { rows } = await client.query<{ table: string }>(`
    select c.relname as table from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')`);
  const made = new Set(['outbox_shards', 'chores', 'schema_migrations']);
  const tables = rows.map(({ table }) => table).filter((table) => !made.has(table));
  const mayHold = ['installation'];
  for (const table of tables) {
    await client.query(`lock table "${table}" in access exclusive mode`);
    const found = await client.query(`select 1 from "${table}" limit 1`);
    if (found.rowCount === 0 || mayHold.includes(table)) continue;
    throw new NotEmpty(
      `The table ${table} holds rows. Seeding only fills a database in which nothing is: give it a new one.`,
    );
  }
}

/** Takes off what would be kept up row by row. Returns the statements that make it again, in order. */
async function takeOff(client: SeedClient): Promise<readonly string[]> {
  const tables = [...TABLES, ...PEOPLE].map(({ table }) => table);
  const foreign = await constraints(client, tables, ['f']);
  const own = await constraints(client, tables, ['p', 'u']);
  for (const { table, name } of [...foreign, ...own])
    await client.query(`alter table ${table} drop constraint "${name}"`);
  const indexes = await client.query<{ name: string; definition: string }>(
    `select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
     from pg_index i join pg_class t on t.oid = i.indrelid
     where t.relnamespace = current_schema()::regnamespace and t.relname = any($1)`,
    [tables],
  );
  for (const { name } of indexes.rows) await client.query(`drop index ${name}`);
  const made = ({ table, name, definition }: Constraint) =>
    `alter table ${table} add constraint "${name}" ${definition}`;
  return [
    ...own.map(made),
    ...indexes.rows.map(({ definition }) => definition),
    ...foreign.map(made),
  ];
}

interface Constraint {
  readonly table: string;
  readonly name: string;
  readonly definition: string;
}

async function constraints(
  client: SeedClient,
  tables: readonly string[],
  types: readonly string[],
): Promise<readonly Constraint[]> {
  const { rows } = await client.query<Constraint>(
    `select c.conrelid::regclass::text as table, c.conname as name,
       pg_get_constraintdef(c.oid) as definition
     from pg_constraint c
       join pg_class t on t.oid = c.conrelid left join pg_class f on f.oid = c.confrelid
     where t.relnamespace = current_schema()::regnamespace
       and (t.relname = any($1) or f.relname = any($1)) and c.contype = any($2::"char"[])
     order by c.oid`,
    [tables, types],
  );
  return rows;
}

async function fill(
  client: SeedClient,
  span: SeedSpan,
  onPart: (what: string) => void,
): Promise<Readonly<Record<string, number>>> {
  const rows: Record<string, number> = {};
  const count = (table: string, more: number | null) => {
    rows[table] = (rows[table] ?? 0) + (more ?? 0);
  };
  for (const { table, insert } of PEOPLE)
    count(table, (await client.query(insert, [Math.max(span.count, 100), span.fromS])).rowCount);
  const known = await client.query('select 1 from installation');
  if (known.rowCount === 0) await client.query(INSTALLATION, [span.fromS]);
  const sql = bookSql(span);
  for (let from = 0; from < span.count; from += PART) {
    const to = Math.min(from + PART, span.count) - 1;
    await client.query('drop table if exists pg_temp.book');
    await client.query(`create temporary table book on commit drop as ${sql}`, [from, to]);
    for (const { table, insert } of TABLES) count(table, (await client.query(insert)).rowCount);
    onPart(`${to + 1} of ${span.count} payments`);
  }
  return rows;
}
