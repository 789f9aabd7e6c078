import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../connection/database-fault.js';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

const TRY = defineStatement()({
  name: 'try_to_write',
  // It touches no row, and is refused all the same by a server that takes no writes, or where a right
  // or a table is missing.
  text: `
    with changed as (update payments set revision = revision where false),
      leased as (update operations set holder = holder where false),
      queued as (
        insert into outbox (payment_id, order_id, version, announcement)
        select payment_id, order_id, version, announcement from outbox where false
      )
    select exists (select from payments) as present`,
});

/** Whether the database would take what a command writes. Writes nothing. */
export async function checkWritable(db: Database): Promise<Result<void, DatabaseFault>> {
  const tried = await query(db, TRY);
  return tried.map(() => undefined);
}
