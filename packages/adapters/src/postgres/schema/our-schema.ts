import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../connection/database-fault.js';
import { createPool } from '../connection/pool.js';
import { query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

const FIND = defineStatement<{ schema: string | null }>()({
  name: 'find_our_schema',
  // By a table that nobody else has: others may well have "payments". Without ours, where they shall
  // go: the address may say so, and else they are made in "public" where that is possible. Where the
  // address says it, "public" is not looked at: another installation may be there.
  text: `
    with address as (
      select exists (
        select from pg_catalog.pg_settings where name = 'search_path' and source = 'client'
      ) as "namesSchemas"
    )
    select coalesce(
      (
        select n.nspname from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where c.relname = 'outbox_shards' and c.relkind in ('r', 'p')
          and (
            n.nspname = any(current_schemas(false))
            or n.nspname = 'public' and not "namesSchemas"
          )
        order by array_position(current_schemas(false), n.nspname) limit 1
      ),
      case
        when "namesSchemas" then current_schema()
        when exists (
          select from pg_catalog.pg_namespace
          where nspname = 'public' and has_schema_privilege(oid, 'create')
        ) then 'public'
        else coalesce(current_schema(), 'public')
      end
    )::text as schema
    from address`,
});

/**
 * In which schema our tables are, or shall be: the first of the database user's search path that has
 * them, else `public`, unless the address itself names where to look. All connections are told it, so that nothing else is looked through. Undefined
 * where the address names a search path of which nothing exists.
 */
export async function findOurSchema(
  connectionString: string,
): Promise<Result<string | undefined, DatabaseFault>> {
  const pool = createPool({ connectionString, applicationName: 'campusg-pay', max: 1 });
  try {
    const found = await query({ pool }, FIND);
    return found.map(([row]) => row?.schema ?? undefined);
  } finally {
    await pool.end();
  }
}
