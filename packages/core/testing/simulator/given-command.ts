import type { Answer, Fault, ParsedCommand, PaymentRef, Refusal } from '@campusg-pay/core';
import type { Result } from 'neverthrow';
import type { Asked } from './acknowledged.js';
import type { Replica } from './replica.js';

/** A command ready to be given: what the history shows of it, and who carries it out. */
export interface Command {
  readonly says: string;
  readonly asked: Asked | null;
  readonly orderId: string;
  /** The same as a message, which names the payment that it is about; null for what only looks. */
  readonly message: ((correlationId: string, payment: PaymentRef) => ParsedCommand) | null;
  readonly give: (
    replica: Replica,
    correlationId: string,
  ) => Promise<Result<Answer, Refusal | Fault> | null>;
}
