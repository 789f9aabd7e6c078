import type { Result } from 'neverthrow';
import type pg from 'pg';
import type { DatabaseFault } from '../connection/database-fault.js';
import { bindUnnamed, defineStatement } from '../connection/statement.js';
import { requireTarget } from '../connection/write-host.js';
import { type MigrationFailed, SchemaUnusable, withClient } from './schema-client.js';
import { quotedName } from './schema-look.js';

type Right = 'select' | 'insert' | 'update' | 'delete';

/** What the service does with each table; keys that count by themselves need no right of their own. */
export const SERVICE_RIGHTS: Readonly<Record<string, readonly Right[]>> = {
  payments: ['select', 'insert', 'update', 'delete'],
  operations: ['select', 'insert', 'update', 'delete'],
  payment_events: ['select', 'insert'],
  outbox: ['select', 'insert', 'delete'],
  outbox_shards: ['select', 'update'],
  stripe_events: ['select', 'insert'],
  customers: ['select', 'insert', 'update'],
  refunds: ['select', 'insert', 'update'],
  transfers: ['select', 'insert', 'update'],
  runners: ['select', 'insert', 'update'],
  runner_debts: ['select', 'insert', 'update'],
  debt_nettings: ['select', 'insert', 'delete'],
  idempotency_keys: ['select', 'insert', 'update', 'delete'],
  chores: ['select', 'insert', 'update'],
  commands: ['select', 'insert', 'update', 'delete'],
  parked_commands: ['select', 'insert'],
  installation: ['select', 'insert', 'update'],
  stripe_turns: ['select', 'insert', 'update'],
};

/** What people do at the terminal beside that. */
export const OPERATOR_RIGHTS: Readonly<Record<string, readonly Right[]>> = {
  parked_commands: ['update'],
  operator_acts: ['select', 'insert', 'update'],
  approvals: ['select', 'insert', 'update'],
  reconcile_runs: ['select', 'insert', 'update'],
  reconcile_findings: ['select', 'insert', 'update'],
  reconcile_repairs: ['select', 'insert', 'update'],
  archives: ['select'],
  archived_payments: ['select'],
  money_ledger: ['select'],
};

/** What moving histories out of the database needs beside that. */
export const ARCHIVE_RIGHTS: Readonly<Record<string, readonly Right[]>> = {
  payment_events: ['delete'],
  stripe_events: ['delete'],
  reconcile_runs: ['select'],
  reconcile_findings: ['select'],
  archives: ['select', 'insert'],
  archived_payments: ['select', 'insert', 'update'],
};

const MISSING = defineStatement()({
  name: 'missing_rights',
  // A right on each column one by one is a right, too; deleting has none of these.
  text: `
    select n.nspname::text as schema, current_user::text as "user", c.relname::text as "table",
      array_agg(wanted.privilege order by wanted.place) as rights
    from unnest(:tables::text[], :rights::text[]) with ordinality as wanted ("table", privilege, place)
    join pg_class c on c.oid = to_regclass(quote_ident(wanted."table"))
    join pg_namespace n on n.oid = c.relnamespace
    where not case wanted.privilege
      when 'delete' then has_table_privilege(c.oid, 'delete')
      else has_any_column_privilege(c.oid, wanted.privilege) end
    group by 1, 2, 3 order by min(wanted.place)`,
});

interface MissingRights {
  readonly schema: string;
  readonly user: string;
  readonly table: string;
  readonly rights: string[];
}

/**
 * Whether the user of the database may do all that the service does, before an order finds out that it
 * may not. The error names the statements that give what is missing.
 *
 * @param who `operator`: what is done at the terminal as well
 * @param archives whether histories are to leave the database
 */
export function checkRights(
  place: { readonly connectionString: string; readonly searchPath?: string | undefined },
  who: 'service' | 'operator',
  archives = false,
): Promise<Result<void, DatabaseFault | MigrationFailed>> {
  return withClient(place, async (client) => {
    await client.begin();
    await requireRights(client, SERVICE_RIGHTS);
    if (who === 'operator') await requireRights(client, OPERATOR_RIGHTS);
    if (archives) await requireRights(client, ARCHIVE_RIGHTS);
    await requireTarget(client, 'read-write');
    await client.query('commit');
  });
}

async function requireRights(
  client: pg.Client,
  wanted: Readonly<Record<string, readonly Right[]>>,
): Promise<void> {
  const pairs = Object.entries(wanted).flatMap(([table, rights]) =>
    rights.map((right) => ({ table, right })),
  );
  const tables = pairs.map(({ table }) => table);
  const rights = pairs.map(({ right }) => right);
  const { rows } = await client.query<MissingRights>(bindUnnamed(MISSING, { tables, rights }));
  const [first] = rows;
  if (first === undefined) return;
  const { schema, user } = first;
  throw new SchemaUnusable(
    `the user ${quotedName(user)} lacks rights on ${rows.map(({ table }) => table).join(', ')} in the schema ${quotedName(schema)}`,
    grants(rows).join('; '),
  );
}

/** One statement for all tables that lack the same. */
function grants(missing: readonly MissingRights[]): string[] {
  const alike = new Map<string, string[]>();
  for (const { schema, table, rights } of missing) {
    const key = rights.join(', ');
    alike.set(key, [...(alike.get(key) ?? []), `${quotedName(schema)}.${table}`]);
  }
  const user = quotedName(missing[0]?.user ?? '');
  return [...alike].map(([rights, tables]) => `grant ${rights} on ${tables.join(', ')} to ${user}`);
}
