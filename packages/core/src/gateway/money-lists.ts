import type { Result } from 'neverthrow';
import type { Payment } from '../payment/payment.js';
import type { GatewayFault, Page } from './gateway-answer.js';
import type { RefundSnapshot } from './intent.js';
import type { TransferSnapshot } from './transfer-report.js';

/** Which part of a list is wanted. Whole seconds, as those of `listIntents`. */
export interface ListWanted {
  readonly from: Date;
  /** Exclusive. */
  readonly to: Date;
  readonly after: string | null;
}

/** A transfer as a list shows it, with what came back of it until now. */
export interface ListedTransfer {
  readonly transfer: TransferSnapshot;
  /** Whole seconds. */
  readonly createdAt: Date;
  /** Its label at the gateway: the payment's id where the hold was made for a transfer. */
  readonly group: string | null;
}

/** A refund as a list shows it. */
export interface ListedRefund {
  readonly refund: RefundSnapshot;
  /** Whole seconds. */
  readonly createdAt: Date;
  /** What it is of; null for money that was taken without one. */
  readonly paymentIntentId: string | null;
}

/**
 * What moves our balance long after what it belongs to was made, so that no list of a period shows it.
 * `reversal`: a transfer came back, wholly or in part. `returned_refund`: a bank has sent back a refund.
 */
export type MovementKind = 'reversal' | 'returned_refund';

/** One such movement of our balance. */
export interface ListedMovement {
  readonly movementId: string;
  /** Whole seconds. */
  readonly createdAt: Date;
  readonly amountMinor: number;
  /** ISO code, upper case. */
  readonly currency: string;
  /** Of a reversal; null for the others. */
  readonly stripeTransferId: string | null;
  /** Of a returned refund; null for the others. */
  readonly paymentIntentId: string | null;
}

/** Reading what was moved, a page a call, the newest first. */
export interface MoneyLists {
  listTransfers(wanted: ListWanted): Promise<Result<Page<ListedTransfer>, GatewayFault>>;
  listRefunds(wanted: ListWanted): Promise<Result<Page<ListedRefund>, GatewayFault>>;
  listMovements(
    wanted: ListWanted & { readonly kind: MovementKind },
  ): Promise<Result<Page<ListedMovement>, GatewayFault>>;
  /** All transfers in the groups of a payment, whoever made them. */
  transfersOf(payment: Payment): Promise<Result<readonly ListedTransfer[], GatewayFault>>;
}
