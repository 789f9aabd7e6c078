import { randomBytes } from 'node:crypto';
import type { Installation } from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import type { DatabaseFault } from '../connection/database-fault.js';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

interface InstallationRow {
  id: string;
  created_at: Date;
  upgraded: boolean;
}

const READ = defineStatement<InstallationRow>()({
  name: 'read_installation',
  text: 'select id, created_at, upgraded from installation',
});

const MAKE = defineStatement<InstallationRow>()({
  name: 'make_installation',
  // The empty update makes the row visible even if another made it in this very moment.
  text: `
    insert into installation (id, created_at, upgraded)
    values (
      :id, :now, exists (select from payments limit 1) or exists (select from customers limit 1)
    )
    on conflict (one) do update set one = excluded.one
    returning id, created_at, upgraded`,
});

/**
 * Which database this is among those on the same Stripe account. Its id is made when it is asked for
 * the first time and is the same ever after, for all replicas.
 */
export async function readInstallation(
  db: Database,
  now: Date = new Date(),
): Promise<Result<Installation, DatabaseFault>> {
  const read = await query(db, READ);
  if (read.isErr()) return err(read.error);
  const [known] = read.value;
  if (known !== undefined) return ok(toInstallation(known));
  const id = `inst_${randomBytes(16).toString('hex')}`;
  const made = await query(db, MAKE, { id, now });
  return made.map(([row]) => {
    if (row === undefined) throw new Error('bug: an upsert returns its row');
    return toInstallation(row);
  });
}

function toInstallation({ id, created_at: createdAt, upgraded }: InstallationRow): Installation {
  return { id, namedSince: upgraded ? createdAt : null };
}
