import type Stripe from 'stripe';
import type { RefundRecord } from '../state/records.js';
import { movementId, returnId } from './movement-ids.js';

export function renderRefund(refund: RefundRecord): Stripe.Refund {
  const moved = refund.moved ?? refund.status !== 'pending';
  const returned = moved && refund.status === 'failed';
  return {
    id: refund.id,
    object: 'refund',
    amount: refund.amount,
    balance_transaction: moved ? movementId(refund.id) : null,
    charge: refund.charge,
    created: refund.created,
    currency: refund.currency,
    customer: null,
    customer_account: null,
    destination_details: {
      card: {
        reference_status: 'pending',
        reference_type: 'acquirer_reference_number',
        type: 'refund',
      },
      type: 'card',
    },
    ...(returned ? { failure_balance_transaction: returnId(refund.id) } : {}),
    ...(refund.failureReason === null ? {} : { failure_reason: refund.failureReason }),
    metadata: { ...refund.metadata },
    payment_intent: refund.intent,
    payment_method: null,
    ...(refund.waitsForFunds === true ? { pending_reason: 'insufficient_funds' } : {}),
    reason: refund.reason as Stripe.Refund.Reason | null,
    receipt_number: null,
    source_transfer_reversal: null,
    status: refund.status,
    transfer_reversal: null,
  };
}
