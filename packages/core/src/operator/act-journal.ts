import type { Result } from 'neverthrow';
import type { DatabaseFault } from '../ports.js';

/** How an operator's act ended. */
export type ActOutcome = 'done' | 'processing' | 'refused' | 'fault';

/** What is written down before an act. */
export interface NewAct {
  readonly operator: string;
  /** e.g. `payments.release`. */
  readonly act: string;
  readonly paymentId: string | null;
  readonly orderId: string | null;
  /** What exactly is asked for. */
  readonly details: object;
  readonly reason: string;
  readonly approvalId: number | null;
  readonly begunAt: Date;
}

/** An act as the records have it. */
export interface RecordedAct extends NewAct {
  readonly id: number;
  /** Null: it was cut off, or is under way. */
  readonly endedAt: Date | null;
  readonly outcome: ActOutcome | null;
  readonly result: string | null;
}

/** What people did at the terminal, in Postgres. */
export interface ActJournal {
  /** Writes down what is about to be done; answers the act's number. */
  begin(act: NewAct): Promise<Result<number, DatabaseFault>>;
  /** Completes it; `orderId` and `paymentId` are taken as they were. */
  end(done: {
    readonly id: number;
    readonly endedAt: Date;
    readonly outcome: ActOutcome;
    readonly result: string;
  }): Promise<Result<void, DatabaseFault>>;
  /** What was done to a payment, oldest first. */
  ofPayment(paymentId: string): Promise<Result<readonly RecordedAct[], DatabaseFault>>;
}
