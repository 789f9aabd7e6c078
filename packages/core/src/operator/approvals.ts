import type { Result } from 'neverthrow';
import type { Money } from '../money/money.js';
import type { Status } from '../payment/payment.js';
import type { DatabaseFault } from '../ports.js';

export type ApprovalState = 'waiting' | 'approved' | 'done' | 'rejected';

/** An act that one person asks for and another one decides on. */
export interface ApprovalRequest {
  readonly act:
    | 'payments.release'
    | 'payments.revert'
    | 'transfers.send'
    | 'transfers.resume'
    | 'runners.set.account';
  /** Null, as the order and the status are, where it is about a runner. */
  readonly paymentId: string | null;
  readonly orderId: string | null;
  /** Null where it is about a payment. */
  readonly runnerId: string | null;
  /** What exactly is asked for, e.g. `{"runnerId": ...}`. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly amount: Money;
  /** Of the payment when it was asked for. */
  readonly status: Status | null;
  readonly requestedBy: string;
  readonly reason: string;
  readonly requestedAt: Date;
}

export interface Approval extends ApprovalRequest {
  readonly id: number;
  readonly state: ApprovalState;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly decision: string | null;
}

/** Who decides, when and why. */
export interface Decision {
  readonly id: number;
  readonly by: string;
  readonly at: Date;
  readonly reason: string;
}

/** Requests for a second person, in Postgres. */
export interface Approvals {
  /** Writes a request down; null: the payment, or the runner, has an open one. */
  request(wanted: ApprovalRequest): Promise<Result<number | null, DatabaseFault>>;
  find(id: number): Promise<Result<Approval | null, DatabaseFault>>;
  /** The open ones, oldest first; or all, the newest first. */
  list(which: 'open' | 'all', limit: number): Promise<Result<readonly Approval[], DatabaseFault>>;
  ofPayment(paymentId: string): Promise<Result<readonly Approval[], DatabaseFault>>;
  /** False: it is decided already, or by the one who asked for it. */
  approve(decision: Decision): Promise<Result<boolean, DatabaseFault>>;
  reject(decision: Decision): Promise<Result<boolean, DatabaseFault>>;
  /** After an approved act: it is done, or waits again because it could not be done now. */
  close(id: number, state: 'done' | 'waiting'): Promise<Result<void, DatabaseFault>>;
}
