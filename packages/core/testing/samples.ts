import {
  apply,
  type DecisionContext,
  type HoldFailure,
  type InitiatingPayment,
  initiated,
  type Operation,
  type OperationOutcome,
  type Payment,
  type Refund,
  type ReportContext,
  type Step,
  type Transfer,
} from '@campusg-pay/core';
import { VIRTUAL_START } from './clock.js';
import { CARDS } from './intents.js';
import { INSTALLATION, usd } from './system.js';

/** A payment that was just asked for. Everything that must be unique is, unless it is named. */
export function asked(wanted: Partial<InitiatingPayment> = {}): InitiatingPayment {
  const at = wanted.createdAt ?? VIRTUAL_START;
  const unique = crypto.randomUUID();
  const call = {
    kind: 'authorize',
    params: { returnUrl: null, savePaymentMethod: false },
  } as const;
  const correlationId = wanted.correlationId ?? `asked-${unique}`;
  const draft = initiated({
    id: `payment-${unique}`,
    orderId: `order-${unique}`,
    attempt: 1,
    customerId: `customer-${unique}`,
    stripeCustomerId: null,
    paymentMethodId: CARDS.good,
    amount: usd(2098),
    description: null,
    correlationId,
    operation: { ...call, ...openedBy(`key-${unique}`, at, correlationId) },
    createdAt: at,
    updatedAt: at,
  });
  return { ...draft, ...wanted };
}

type Call<One = Operation> = One extends Operation ? Pick<One, 'kind' | 'params'> : never;

function openedBy(key: string, openedAt: Date, correlationId: string) {
  const leaseUntil = new Date(openedAt.getTime() + 30_000);
  return { key, openedAt, attempts: 1, leaseUntil, resting: false, correlationId };
}

/** The step that opens an operation under a fresh key. */
export function opens(call: Call, facts: Partial<Operation> = {}): Step {
  const unique = crypto.randomUUID();
  const opened = openedBy(`key-${unique}`, VIRTUAL_START, `opens-${unique}`);
  return { type: 'operation_opened', operation: { ...call, ...opened, ...facts } as Operation };
}

/** The step that closes the operation a payment has open. */
export function closes(
  payment: Payment,
  outcome: OperationOutcome = 'done',
  detail: string | null = null,
): Step {
  if (payment.operation === null) throw new Error(`nothing is open for ${payment.id}`);
  return { type: 'operation_closed', key: payment.operation.key, outcome, detail };
}

/** What follows for a payment, a step at a time. Each step is named, or made from what it follows. */
export function given(
  first: Payment,
  ...steps: readonly (Step | ((payment: Payment) => Step))[]
): Payment {
  return steps.reduce<Payment>((payment, step) => {
    const next = typeof step === 'function' ? step(payment) : step;
    return apply(payment, [next], payment.updatedAt).payment;
  }, first);
}

/** The intent of a sample payment. */
export function intentOf({ id }: Payment): string {
  return `pi_of_${id}`;
}

/** The first answer to an authorize: the intent is known from now on. */
export function learned(payment: Payment): Step {
  return {
    type: 'intent_learned',
    paymentIntentId: intentOf(payment),
    stripeCustomerId: `cus_of_${payment.customerId}`,
  };
}

/** The amount is held for a week. */
export function authorized(payment: Payment): Step {
  const captureBefore = new Date(payment.createdAt.getTime() + 7 * 24 * 60 * 60 * 1000);
  return { type: 'authorized', paymentIntentId: intentOf(payment), captureBefore };
}

/** A hold that was asked for and got. */
export function held(wanted: Partial<InitiatingPayment> = {}): Payment {
  return given(asked(wanted), closes, learned, authorized);
}

/** A runner's share that is owed, to a runner and an account of its own unless they are named. */
export function owedTransfer(wanted: Partial<Transfer> = {}): Transfer {
  const unique = crypto.randomUUID();
  return {
    transferId: `transfer-${unique}`,
    status: 'owed',
    runnerId: `runner-${unique}`,
    stripeAccount: `acct_${unique}`,
    amountMinor: 1000,
    nettedMinor: 0,
    reversedMinor: 0,
    debtMinor: 0,
    stripeTransferId: null,
    chargeId: null,
    reason: null,
    tries: 0,
    nextTryAt: null,
    ...wanted,
  };
}

/** A part that somebody wants back. */
export function owedRefund(wanted: Partial<Refund> = {}): Refund {
  const unique = crypto.randomUUID();
  return {
    refundId: `refund-${unique}`,
    amountMinor: 100,
    isRest: false,
    status: 'owed',
    reason: null,
    stripeRefundId: null,
    createdAt: VIRTUAL_START,
    correlationId: `refund-${unique}`,
    ...wanted,
  };
}

/** All of a hold of 20.98 is taken: 98 of it a tip, 100 for the platform, and the rest for a runner. */
export function released(transfer: Transfer | null): Step {
  const terms = { dueMinor: 2098, tipMinor: 98, feeMinor: 100, transfer };
  const runnerId = transfer?.runnerId ?? 'runner';
  return { type: 'released', runnerId, receivedMinor: 2098, terms };
}

/** A declined card. */
export const DECLINED: HoldFailure = {
  code: 'card_declined',
  declineCode: 'insufficient_funds',
  message: 'Your card has insufficient funds.',
};

/** A context for one decision. */
export function at(
  now: Date = VIRTUAL_START,
  facts: Partial<DecisionContext & ReportContext> = {},
): DecisionContext & ReportContext {
  const operationKey = `key-${crypto.randomUUID()}`;
  const installation = INSTALLATION;
  return { now, operationKey, leaseMs: 30_000, installation, correlationId: 'decision', ...facts };
}
