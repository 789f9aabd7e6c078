import {
  type AnsweredCommand,
  type CommandEnding,
  type CommandLease,
  type CommandStore,
  type CommandType,
  type KnownCommand,
  keyOf,
  type Noted,
  type ParsedCommand,
  type Reply,
} from '@campusg-pay/core';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
import { recallCommand } from './command-recall.js';

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

/** A command that is noted may be taken by its holder, and by anybody once its time is over. */
const MAY_TAKE = `c.state <> 'answered' and c.fingerprint = excluded.fingerprint
        and (c.due_at <= :now or c.holder = excluded.holder)`;

const NOTE = defineStatement<NotedRow>()({
  name: 'note_command',
  text: `
    insert into commands as c (
      correlation_id, type, fingerprint, command, order_id, payment_id, state, holder, due_at,
      received_at
    )
    values (
      :correlationId, :type, :fingerprint, :command, :orderId, :paymentId, 'received', :holder,
      :until, :now
    )
    on conflict (correlation_id, type) do update set
      holder = case when ${MAY_TAKE} then excluded.holder else c.holder end,
      due_at = case when ${MAY_TAKE} then excluded.due_at else c.due_at end
    returning state, fingerprint = :fingerprint as same,
      holder is not distinct from :holder as ours`,
});

const NOTE_REFUSED = defineStatement<{ fresh: boolean; same: boolean }>()({
  name: 'note_refused_command',
  text: `
    with fresh as (
      insert into commands (
        correlation_id, type, fingerprint, state, due_at, answer, received_at, answered_at
      )
      values (:correlationId, :type, :fingerprint, 'answered', :at, :answer, :at, :at)
      on conflict do nothing
      returning 1
    ), queued as (
      insert into outbox (order_id, announcement) select :orderId, :reply from fresh
    )
    select true as fresh, true as same from fresh
    union all
    select false, fingerprint = :fingerprint from commands
    where correlation_id = :correlationId and type = :type`,
});

/** By an event of its payment, or of its order's payments where it is an authorize. */
const BY_EVENT = `
  exists (
    select from payment_events e join payments p on p.id = e.payment_id
    where (p.order_id = :orderId or p.id = :paymentId)
      and e.correlation_id = :correlationId and e.answers = :answers
  )`;

const PUBLISHED = defineStatement<{ by_event: boolean; reverted: boolean }>()({
  name: 'what_answers_command',
  text: `
    select ${BY_EVENT} as by_event,
      exists (
        select from payment_events e join payments p on p.id = e.payment_id
        where (p.order_id = :orderId or p.id = :paymentId)
          and e.correlation_id = :correlationId and e.answers = 'revert'
      ) or exists (
        select from commands
        where correlation_id = :correlationId and type = 'revert_payment' and type <> :type
          and answer = 'payment.reverted'
      ) as reverted`,
});

const END = defineStatement<{ ended: number }>()({
  name: 'end_command',
  // An event that came in this very moment has answered, and nothing is added to it.
  text: `
    with published as (select ${BY_EVENT} as by_event), ended as (
      update commands set
        state = :state, due_at = coalesce(:dueAt, due_at), holder = null,
        answer = case when :state <> 'answered' then null when by_event then 'event' else :answer end,
        answered_at = case when :state = 'answered' then :now::timestamptz end,
        payment_id = coalesce(:paymentId, :waitsFor, payment_id)
      from published
      where correlation_id = :correlationId and type = :type and state <> 'answered'
        and holder = :holder
      returning by_event
    ), queued as (
      insert into outbox (order_id, announcement)
      select :replyOrderId, :reply from ended where not by_event and :reply::jsonb is not null
    )
    select 1 as ended from ended`,
});

interface DueRow {
  command: ParsedCommand;
  state: 'received' | 'waiting';
  looks: number;
  waitsFor: string | null;
}

const TAKE_DUE = defineStatement<DueRow>()({
  name: 'take_due_commands',
  text: `
    with due as (
      select correlation_id, type from commands
      where state <> 'answered' and due_at <= :now
      order by due_at limit :limit
      for update skip locked
    )
    update commands c set holder = :holder, due_at = :until, looks = looks + 1
    from due where c.correlation_id = due.correlation_id and c.type = due.type
    returning command, state, looks, c.payment_id as "waitsFor"`,
});

/** Bounded, so that a long pause of the service is not followed by one huge statement. */
const FORGET = defineStatement<{ type: string }>()({
  name: 'forget_commands',
  text: `
    delete from commands where ctid = any(array(
      select ctid from commands
      where state = 'answered' and answered_at < :before order by answered_at limit 1000
    ))
    returning type`,
});

/** The commands in Postgres. Every method is one statement. */
export function createCommandStore(db: Database): CommandStore {
  return {
    note: async ({ correlationId, type, fingerprint, asked, orderId, paymentId }, lease) => {
      const noted = await query(db, NOTE, {
        correlationId,
        type,
        fingerprint,
        command: JSON.stringify(asked),
        orderId,
        paymentId,
        holder: lease.holder,
        until: lease.until,
        now: lease.now,
      });
      return noted.map(([row]) => notedOf(row));
    },
    recall: (command) => recallCommand(db, command),
    noteRefused: (command, reply) => noteRefused(db, command, reply),
    published: async (known) => {
      const published = await query(db, PUBLISHED, { ...known, answers: ANSWER_OF[known.type] });
      return published.map(([row]) => ({
        byEvent: row?.by_event ?? false,
        reverted: row?.reverted ?? false,
      }));
    },
    end: (command, ending, by) => end(db, command, ending, by),
    takeDue: async ({ holder, now, until }, limit) => {
      const taken = await query(db, TAKE_DUE, { holder, now, until, limit });
      return taken.map((rows) =>
        rows.map(({ command, state, looks, waitsFor }) => ({
          asked: command,
          waits: state === 'waiting',
          looks,
          waitsFor,
        })),
      );
    },
    forget: async (before) => {
      const forgotten = await query(db, FORGET, { before });
      return forgotten.map((rows) => rows.length);
    },
  };
}

async function noteRefused(
  db: Database,
  { correlationId, type, fingerprint }: Parameters<CommandStore['noteRefused']>[0],
  reply: Reply,
): ReturnType<CommandStore['noteRefused']> {
  const noted = await query(db, NOTE_REFUSED, {
    correlationId,
    type,
    fingerprint,
    at: new Date(reply.at),
    answer: answerOf(reply),
    orderId: keyOf(reply),
    reply: JSON.stringify(reply),
  });
  return noted.map((rows) => {
    if (rows.some(({ fresh }) => fresh)) return 'ours';
    // Noted by another in this very moment: not to be seen yet, and answered by them.
    return rows.every(({ same }) => same) ? 'answered' : 'used_otherwise';
  });
}

async function end(
  db: Database,
  { correlationId, type, orderId, paymentId }: KnownCommand,
  ending: CommandEnding,
  { holder, now }: Pick<CommandLease, 'holder' | 'now'>,
): ReturnType<CommandStore['end']> {
  const reply = ending.state === 'answered' ? ending.reply : null;
  const ended = await query(db, END, {
    correlationId,
    type,
    orderId,
    paymentId,
    answers: ANSWER_OF[type],
    holder,
    state: ending.state,
    dueAt: ending.state === 'answered' ? null : ending.dueAt,
    answer: reply === null ? 'event' : answerOf(reply),
    now,
    replyOrderId: reply === null ? null : keyOf(reply),
    reply: reply === null ? null : JSON.stringify(reply),
    waitsFor: ending.state === 'waiting' ? ending.waitsFor : null,
  });
  return ended.map((rows) => (rows.length === 1 ? 'ended' : 'lost'));
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
