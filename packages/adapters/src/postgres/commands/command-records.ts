import type { CommandRecords, DatabaseFault, RecordedCommand } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import { type Database, query } from '../connection/query.js';
import { defineStatement } from '../connection/statement.js';
/** A message that could be neither carried out nor answered. */
export interface StoredDeadLetter {
  readonly id: number;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Its first part, where it is large. */
  readonly value: Buffer | null;
  readonly valueBytes: number;
  readonly reason: string;
  readonly parkedAt: Date;
  readonly state: 'parked' | 'dismissed';
}

/** What came over Kafka, for people. */
export interface KafkaCommands extends CommandRecords {
  /** Messages that wait for a person, oldest first. */
  deadLetters(limit: number): Promise<Result<readonly StoredDeadLetter[], DatabaseFault>>;
  findDeadLetter(id: number): Promise<Result<StoredDeadLetter | null, DatabaseFault>>;
  /** Puts a message aside for good; false where it is already. */
  dismiss(id: number): Promise<Result<boolean, DatabaseFault>>;
}

const COMMAND = `
  select correlation_id as "correlationId", type, state, received_at as "receivedAt",
    answered_at as "answeredAt", answer
  from commands` as const;

const OF_PAYMENT = defineStatement<RecordedCommand>()({
  name: 'commands_of_payment',
  text: `
    ${COMMAND} where payment_id = :id
    union
    ${COMMAND} where correlation_id = :correlationId and type = 'authorize_payment'
    order by "receivedAt"`,
});

const PARKED_COLUMNS = `
  id, topic, partition, "offset", key, headers, value, value_bytes as "valueBytes", reason,
  parked_at as "parkedAt", state`;

const PARKED = defineStatement<StoredDeadLetter>()({
  name: 'parked_commands',
  text: `
    select ${PARKED_COLUMNS} from parked_commands where state = 'parked' order by id limit :limit`,
});

const FIND_PARKED = defineStatement<StoredDeadLetter>()({
  name: 'find_parked_command',
  text: `select ${PARKED_COLUMNS} from parked_commands where id = :id`,
});

const DISMISS = defineStatement<{ id: number }>()({
  name: 'dismiss_parked_command',
  text: `
    update parked_commands set state = 'dismissed' where id = :id and state = 'parked'
    returning id`,
});

/** Commands over Kafka, in Postgres. */
export function createKafkaCommands(db: Database): KafkaCommands {
  return {
    ofPayment: ({ id, correlationId }) => query(db, OF_PAYMENT, { id, correlationId }),
    deadLetters: (limit) => query(db, PARKED, { limit }),
    findDeadLetter: async (id) =>
      (await query(db, FIND_PARKED, { id })).map(([row]) => row ?? null),
    dismiss: async (id) => (await query(db, DISMISS, { id })).map((rows) => rows.length === 1),
  };
}
