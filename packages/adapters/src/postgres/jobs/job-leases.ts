import type { JobLeases } from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';

const TAKE = defineStatement<{ progress: unknown }>()({
  name: 'take_job',
  text: `
    insert into chores as c (name, due_at, lease_until) values (:name, :now, :leaseUntil)
    on conflict (name) do update set lease_until = :leaseUntil
    where c.due_at <= :now and c.lease_until <= :now
    returning progress`,
});

const PUT_BACK = defineStatement()({
  name: 'put_back_job',
  text: `
    update chores set due_at = :dueAt, lease_until = :dueAt, progress = :progress
    where name = :name and lease_until = :leaseUntil`,
});

/** The leased jobs in Postgres. */
export function createJobLeases(db: Database): JobLeases {
  return {
    take: async <Progress>({ name, now, leaseMs }: Parameters<JobLeases['take']>[0]) => {
      const leaseUntil = new Date(now.getTime() + leaseMs);
      const taken = await query(db, TAKE, { name, now, leaseUntil });
      return taken.map(([row]) =>
        // What is read was put back by the same job, and by nothing else.
        row === undefined ? null : { progress: row.progress as Progress | null, leaseUntil },
      );
    },
    putBack: async ({ name, leaseUntil, dueAt, progress }) => {
      const done = await query(db, PUT_BACK, {
        name,
        leaseUntil,
        dueAt,
        progress: JSON.stringify(progress),
      });
      return done.map(() => undefined);
    },
  };
}
