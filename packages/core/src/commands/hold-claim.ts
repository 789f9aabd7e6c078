import { err, ok, type Result } from 'neverthrow';
import type { CardFace } from '../gateway/saved-card.js';
import type { Money } from '../money/money.js';
import { awaitOperation } from '../operation/await-operation.js';
import { contextFor } from '../operation/decision-round.js';
import { isLeased } from '../operation/operation.js';
import { operationFor } from '../operation/operation-steps.js';
import { rereadPayment } from '../operation/reread-payment.js';
import {
  type AuthorizedPayment,
  type InitiatingPayment,
  initiated,
  isLapsed,
  isLive,
  type Payment,
} from '../payment/payment.js';
import type { Refusal } from '../payment/refusal.js';
import type { Claim, EscrowPorts, Fault } from '../ports.js';
import { look } from './status.js';

/** A wish to hold an order's amount on the customer's card. Everything in it is checked already. */
export interface AuthorizeCommand {
  readonly orderId: string;
  /** The platform's user (`clerkUserId`). */
  readonly customerId: string;
  /** Null: the one customer we keep for this user, made when needed. */
  readonly stripeCustomerId: string | null;
  /** Null: the customer's default card. */
  readonly paymentMethodId: string | null;
  readonly amount: Money;
  /** What Stripe and all answers show; null: `Order <order_id> - CampusG Escrow`. */
  readonly description: string | null;
  /** The wanted payment id (`custpaymentId`); null for a fresh one. */
  readonly paymentId: string | null;
  /**
   * The payment id names this very request: if the payment exists, whatever became of it is the
   * answer, and there is never a second attempt. Otherwise a taken id is a refusal.
   */
  readonly onceOnly?: boolean;
  /** The id that the request would have had in a release before installations had ids. */
  readonly formerPaymentId?: string;
  /** Where Stripe sends the customer after authentication. */
  readonly returnUrl: string | null;
  /** Ask Stripe to let more be taken than is held, as far as the card allows. Left out: no. */
  readonly headroom?: boolean;
  /** Keep the card on the customer for later orders. */
  readonly savePaymentMethod: boolean;
  readonly correlationId: string;
}

/**
 * Claims the order. A live payment whose hold should have lapsed does not bar it before Stripe was
 * asked; and where the answer to the commit was lost, the record tells whether it is there.
 */
export async function claim(
  ports: EscrowPorts,
  wanted: InitiatingPayment,
): Promise<Result<Claim, Refusal | Fault>> {
  const { repository, clock } = ports;
  const claimed = await repository.claim(wanted);
  if (claimed.isErr()) {
    if (claimed.error.outcome === 'not-executed') return err(claimed.error);
    const reread = await rereadPayment(ports, wanted.id);
    const payment = reread.isOk() ? reread.value : null;
    const asWritten = wanted.operation;
    if (payment?.status !== 'INITIATING' || payment.operation?.key !== asWritten?.key) {
      return err(claimed.error);
    }
    // Where somebody has taken it over meanwhile, the call is theirs.
    const isOurs = payment.operation?.attempts === asWritten?.attempts;
    return ok(isOurs ? { type: 'claimed', payment } : { type: 'live', payment });
  }
  if (claimed.value.type !== 'live' || !isLapsed(claimed.value.payment, clock.now())) {
    return ok(claimed.value);
  }
  const looked = await lookOrWait(ports, claimed.value.payment);
  if (looked.isErr()) return err(looked.error);
  if (!isLive(looked.value)) return repository.claim(wanted);
  const { status, captureBefore } = looked.value as AuthorizedPayment;
  return captureBefore !== null && isLapsed(looked.value, clock.now())
    ? err({ type: 'HoldExpired', status, captureBefore })
    : ok({ type: 'live', payment: looked.value });
}

/** What somebody is working on is theirs: their end is waited for. */
async function lookOrWait(ports: EscrowPorts, lapsed: Payment): Promise<Result<Payment, Fault>> {
  const { operation } = lapsed;
  if (operation === null || !isLeased(operation, ports.clock.now())) return look(ports, lapsed);
  return (await awaitOperation(ports, lapsed)).map(({ payment }) => payment);
}

/** The payment as it is first written down: nothing held, the call owed. */
export function draft(
  ports: EscrowPorts,
  command: AuthorizeCommand,
  paymentMethodId: string,
): InitiatingPayment {
  const { orderId, customerId, stripeCustomerId, amount, description, correlationId } = command;
  const { savePaymentMethod } = command;
  const returnUrl = command.returnUrl ?? ports.settings.returnUrl?.() ?? null;
  const context = contextFor(ports, correlationId);
  const id = command.paymentId ?? ports.newId();
  // By its group a transfer is found whose answer was lost.
  const usual = { returnUrl, savePaymentMethod, transferGroup: id };
  const params = command.headroom === true ? { ...usual, headroom: command.headroom } : usual;
  const call = { kind: 'authorize', params } as const;
  return initiated({
    id,
    attempt: 1,
    orderId,
    customerId,
    stripeCustomerId,
    paymentMethodId,
    amount,
    description: description ?? usualDescription(orderId),
    correlationId,
    operation: operationFor(call, context),
    createdAt: context.now,
    updatedAt: context.now,
  });
}

/** The guide's own form. An order id has 200 characters at most, so that it always fits. */
function usualDescription(orderId: string): string {
  return `Order ${orderId} - CampusG Escrow`;
}

type Card =
  | {
      readonly type: 'card';
      readonly paymentMethodId: string;
      /** The face of the default card; left out where the card was named. */
      readonly defaultCard?: CardFace | null;
    }
  | { readonly type: 'live'; readonly payment: Payment };

/** The card to hold on: the named one, else the customer's default one. */
export async function cardOf(
  { repository, customers, gateway }: EscrowPorts,
  command: AuthorizeCommand,
): Promise<Result<Card, Refusal | Fault>> {
  const { paymentMethodId, orderId, customerId } = command;
  if (paymentMethodId !== null) return ok({ type: 'card', paymentMethodId });
  // A repeat must not depend on what the customer's default card has become meanwhile.
  const latest = await repository.find({ orderId });
  if (latest.isErr()) return err(latest.error);
  if (latest.value !== null && isLive(latest.value))
    return ok({ type: 'live', payment: latest.value });

  const known =
    command.stripeCustomerId === null
      ? await customers.lookUp(customerId)
      : ok(command.stripeCustomerId);
  if (known.isErr()) return err(known.error);
  if (known.value === null) return err({ type: 'NoPaymentMethod' });
  const stripeCustomerId = known.value;
  const found = await gateway.defaultPaymentMethod(stripeCustomerId);
  if (found.isErr()) {
    const { error } = found;
    return err(
      error.type === 'CustomerUnknown'
        ? { type: 'StripeCustomerUnknown', stripeCustomerId }
        : error,
    );
  }
  const { value } = found;
  if (value === null) return err({ type: 'NoPaymentMethod' });
  if (value.type === 'no_card') return err({ type: 'DefaultIsNoCard', kind: value.kind });
  const { paymentMethodId: id, card } = value;
  return ok({ type: 'card', paymentMethodId: id, defaultCard: card });
}
