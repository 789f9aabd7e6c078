import type { Chores } from '@campusg-pay/core';
import { type Database, defineStatement, query } from '../connection/pool.js';

const TAKE = defineStatement<{ progress: unknown }>({
  name: 'take_chore',
  text: `
    insert into chores as c (name, due_at, lease_until) values ($1, $2, $3)
    on conflict (name) do update set lease_until = $3
    where c.due_at <= $2 and c.lease_until <= $2
    returning progress`,
});

const PUT_BACK = defineStatement({
  name: 'put_back_chore',
  text: `
    update chores set due_at = $3, lease_until = $3, progress = $4
    where name = $1 and lease_until = $2`,
});

/** The chores in Postgres. */
export function createChores(db: Database): Chores {
  return {
    take: async <Progress>({ name, now, leaseMs }: Parameters<Chores['take']>[0]) => {
      const leaseUntil = new Date(now.getTime() + leaseMs);
      const taken = await query(db, TAKE, [name, now, leaseUntil]);
      return taken.map(([row]) =>
        // What is read was put back by the same chore, and by nothing else.
        row === undefined ? null : { progress: row.progress as Progress | null, leaseUntil },
      );
    },
    putBack: async ({ name, leaseUntil, dueAt, progress }) => {
      const values = [name, leaseUntil, dueAt, JSON.stringify(progress)];
      return (await query(db, PUT_BACK, values)).map(() => undefined);
    },
  };
}
