import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../ports.js';

/** A command that came over Kafka, as the records have it. */
export interface RecordedCommand {
  readonly correlationId: string;
  readonly type: string;
  readonly state: 'received' | 'waiting' | 'answered';
  readonly receivedAt: Date;
  readonly answeredAt: Date | null;
  /** `event`, or the type of the reply. */
  readonly answer: string | null;
}

/** The commands that came over Kafka, for people. */
export interface CommandRecords {
  /** The commands about a payment, and those that asked for it. */
  ofPayment(payment: {
    readonly id: string;
    readonly correlationId: string;
  }): Promise<Result<readonly RecordedCommand[], DatabaseFault>>;
}
