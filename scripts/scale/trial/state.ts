import type pg from 'pg';

/** All rows of all tables, each as JSON. */
export type State = ReadonlyMap<string, readonly Row[]>;
export type Row = Readonly<Record<string, unknown>>;

/** Shared out over servers, by the order or by the payment that a row is about; the others are not. */
export const SHARDED = {
  payments: 'order_id',
  outbox: 'order_id',
  operations: 'payment_id',
  payment_events: 'payment_id',
  refunds: 'payment_id',
  transfers: 'payment_id',
} as const;

export function keyOf(table: string): string | undefined {
  return (SHARDED as Readonly<Record<string, string>>)[table];
}

/** Our tables, without the list of migrations. */
export async function tablesOf(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select c.relname as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition and c.relname <> 'campusg_pay_migrations'
     order by 1`,
  );
  return rows.map(({ name }) => name).filter((name) => !/migrations/.test(name));
}

export async function readState(client: pg.Client, tables: readonly string[]): Promise<State> {
  const state = new Map<string, readonly Row[]>();
  for (const table of tables) {
    const { rows } = await client.query<{ row: Row }>(`select to_jsonb(t) as row from ${table} t`);
    state.set(
      table,
      rows.map(({ row }) => row),
    );
  }
  return state;
}

/** Puts rows into tables that are empty. */
export async function writeState(client: pg.Client, state: State): Promise<void> {
  const { rows: generated } = await client.query<{ name: string }>(
    `select attrelid::regclass || '.' || attname as name from pg_attribute where attgenerated <> ''`,
  );
  const made = new Set(generated.map(({ name }) => name));
  for (const [table, rows] of state) {
    if (rows.length === 0) continue;
    const columns = Object.keys(rows[0] ?? {})
      .filter((name) => !made.has(`${table}.${name}`))
      .map((name) => `"${name}"`)
      .join(', ');
    await client.query({
      text: `insert into ${table} (${columns}) overriding system value
             select ${columns} from jsonb_populate_recordset(null::${table}, $1)`,
      values: [JSON.stringify(rows)],
    });
  }
}

/** Columns that the server fills in, such as the time: they differ whoever it is. */
export async function ownColumns(client: pg.Client): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ name: string }>(
    `select a.attrelid::regclass || '.' || a.attname as name
     from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) ~ '\\('`,
  );
  return new Set(rows.map(({ name }) => name));
}

/** What is different, in words; empty: nothing. */
export function differences(expected: State, found: State, own: ReadonlySet<string>): string[] {
  return [...expected].flatMap(([table, rows]) => {
    const wanted = comparable(table, rows, own);
    const got = comparable(table, found.get(table) ?? [], own);
    if (wanted.length !== got.length)
      return [`${got.length} rows in ${table}, not ${wanted.length}`];
    return wanted.join('\n') === got.join('\n') ? [] : [`other rows in ${table}`];
  });
}

function comparable(table: string, rows: readonly Row[], own: ReadonlySet<string>): string[] {
  return rows
    .map((row) => {
      const kept = Object.entries(row).filter(([name]) => !own.has(`${table}.${name}`));
      // What is told by the server's clock differs by when it was asked.
      return JSON.stringify(kept.filter(([name]) => !/^(since|ended_at)$/.test(name)));
    })
    .sort();
}
