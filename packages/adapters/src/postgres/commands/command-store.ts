import type { AnsweredCommand, Asked, CommandStore, CommandType, Noted } from '@campusg-pay/core';
import { keyOf, type Reply } from '@campusg-pay/core';
import { type Database, defineStatement, query } from '../connection/pool.js';

/** What a command may be answered by. */
const ANSWER_OF = {
  authorize_payment: 'authorize',
  release_payment: 'release',
  revert_payment: 'revert',
} as const satisfies Record<CommandType, AnsweredCommand>;

interface NotedRow {
  state: 'received' | 'waiting' | 'answered';
  same: boolean;
  ours: boolean;
}

const NOTE = defineStatement<NotedRow>({
  name: 'note_command',
  text: `
    insert into commands as c (
      correlation_id, type, fingerprint, command, order_id, payment_id, state, holder, due_at,
      received_at
    )
    values ($1, $2, $3, $4, $5, $6, 'received', $7, $8, $9)
    on conflict (correlation_id, type) do update set
      holder = case when ${mayTake()} then excluded.holder else c.holder end,
      due_at = case when ${mayTake()} then excluded.due_at else c.due_at end
    returning state, fingerprint = $3 as same, holder is not distinct from $7 as ours`,
});

/** A command that is noted may be taken by its holder, and by anybody once its time is over. */
function mayTake(): string {
  return `c.state <> 'answered' and c.fingerprint = excluded.fingerprint
        and (c.due_at <= $9 or c.holder = excluded.holder)`;
}

const NOTE_REFUSED = defineStatement<{ fresh: boolean; same: boolean }>({
  name: 'note_refused_command',
  text: `
    with fresh as (
      insert into commands (
        correlation_id, type, fingerprint, state, due_at, answer, received_at, answered_at
      )
      values ($1, $2, $3, 'answered', $4, $5, $4, $4)
      on conflict do nothing
      returning 1
    ), queued as (
      insert into outbox (order_id, announcement) select $6, $7 from fresh
    )
    select true as fresh, true as same from fresh
    union all
    select false, fingerprint = $3 from commands where correlation_id = $1 and type = $2`,
});

/** By an event of its payment, or of its order's payments where it is an authorize. */
const BY_EVENT = `
  exists (
    select from payment_events e join payments p on p.id = e.payment_id
    where (p.order_id = $3 or p.id = $4) and e.correlation_id = $1 and e.answers = $5
  )`;

const TOLD = defineStatement<{ by_event: boolean; reverted: boolean }>({
  name: 'what_answers_command',
  text: `
    select ${BY_EVENT} as by_event,
      exists (
        select from payment_events e join payments p on p.id = e.payment_id
        where (p.order_id = $3 or p.id = $4) and e.correlation_id = $1 and e.answers = 'revert'
      ) or exists (
        select from commands
        where correlation_id = $1 and type = 'revert_payment' and type <> $2
          and answer = 'payment.reverted'
      ) as reverted`,
});

const END = defineStatement<{ ended: number }>({
  name: 'end_command',
  // An event that came in this very moment has answered, and nothing is added to it.
  text: `
    with told as (select ${BY_EVENT} as by_event), ended as (
      update commands set
        state = $7, due_at = coalesce($8, due_at), holder = null,
        answer = case when $7 <> 'answered' then null when by_event then 'event' else $9 end,
        answered_at = case when $7 = 'answered' then $10::timestamptz end,
        payment_id = coalesce($4, $13, payment_id)
      from told
      where correlation_id = $1 and type = $2 and state <> 'answered' and holder = $6
      returning by_event
    ), queued as (
      insert into outbox (order_id, announcement)
      select $11, $12 from ended where not by_event and $12::jsonb is not null
    )
    select 1 as ended from ended`,
});

interface DueRow {
  command: Asked;
  state: 'received' | 'waiting';
  looks: number;
  waitsFor: string | null;
}

const TAKE_DUE = defineStatement<DueRow>({
  name: 'take_due_commands',
  text: `
    with due as (
      select correlation_id, type from commands
      where state <> 'answered' and due_at <= $2
      order by due_at limit $4
      for update skip locked
    )
    update commands c set holder = $1, due_at = $3, looks = looks + 1
    from due where c.correlation_id = due.correlation_id and c.type = due.type
    returning command, state, looks, c.payment_id as "waitsFor"`,
});

/** Bounded, so that a long pause of the service is not followed by one huge statement. */
const FORGET = defineStatement<{ type: string }>({
  name: 'forget_commands',
  text: `
    delete from commands where (correlation_id, type) in (
      select correlation_id, type from commands
      where state = 'answered' and answered_at < $1 limit 1000
    )
    returning type`,
});

/** The commands in Postgres. Every method is one statement. */
export function createCommandStore(db: Database): CommandStore {
  return {
    note: async ({ correlationId, type, fingerprint, asked, orderId, paymentId }, hold) => {
      const noted = await query(db, NOTE, [
        ...[correlationId, type, fingerprint, JSON.stringify(asked), orderId, paymentId],
        ...[hold.holder, hold.until, hold.now],
      ]);
      return noted.map(([row]) => notedOf(row));
    },
    noteRefused: async ({ correlationId, type, fingerprint }, reply) => {
      const at = new Date(reply.at);
      const values = [correlationId, type, fingerprint, at, answerOf(reply), keyOf(reply)];
      const noted = await query(db, NOTE_REFUSED, [...values, JSON.stringify(reply)]);
      return noted.map((rows) => {
        if (rows.some(({ fresh }) => fresh)) return 'ours';
        // Noted by another in this very moment: not to be seen yet, and answered by them.
        return rows.every(({ same }) => same) ? 'answered' : 'used_otherwise';
      });
    },
    told: async ({ correlationId, type, orderId, paymentId }) => {
      const values = [correlationId, type, orderId, paymentId, ANSWER_OF[type]];
      const told = await query(db, TOLD, values);
      return told.map(([row]) => ({
        byEvent: row?.by_event ?? false,
        reverted: row?.reverted ?? false,
      }));
    },
    end: async ({ correlationId, type, orderId, paymentId }, ending, { holder, now }) => {
      const reply = ending.state === 'answered' ? ending.reply : null;
      const dueAt = ending.state === 'answered' ? null : ending.dueAt;
      const ended = await query(db, END, [
        ...[correlationId, type, orderId, paymentId, ANSWER_OF[type], holder, ending.state],
        ...[dueAt, reply === null ? 'event' : answerOf(reply), now],
        ...(reply === null ? [null, null] : [keyOf(reply), JSON.stringify(reply)]),
        ending.state === 'waiting' ? ending.waitsFor : null,
      ]);
      return ended.map((rows) => (rows.length === 1 ? 'ended' : 'lost'));
    },
    takeDue: async ({ holder, now, until }, limit) => {
      const taken = await query(db, TAKE_DUE, [holder, now, until, limit]);
      return taken.map((rows) =>
        rows.map(({ command, state, looks, waitsFor }) => ({
          ...{ asked: command, waits: state === 'waiting', looks, waitsFor },
        })),
      );
    },
    forget: async (before) => {
      const forgotten = await query(db, FORGET, [before]);
      return forgotten.map((rows) => rows.length);
    },
  };
}

function notedOf(row: NotedRow | undefined): Noted {
  if (row === undefined) throw new Error('bug: an upsert returns its row');
  if (!row.same) return 'used_otherwise';
  if (row.state === 'answered') return 'answered';
  return row.ours ? 'ours' : 'held';
}

/** The type of message that answers, as ops look for it; that of the wire depends on the dialect. */
function answerOf({ reply }: Reply): string {
  return `payment.${reply.type === 'refused' ? 'failed' : reply.type}`;
}
