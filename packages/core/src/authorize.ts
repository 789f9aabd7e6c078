import { err, ok, type Result } from 'neverthrow';
import { applyReport, type CarriedOut, carryOut, contextFor, settle } from './carry-out.js';
import { decideRepeatedAuthorize, type HoldTerms, operationFor, type Refusal } from './escrow.js';
import { initiated } from './evolve.js';
import type { Money } from './money.js';
import { type InitiatingPayment, isLive, type Payment } from './payment.js';
import type { CustomerAction, EscrowPorts, Fault } from './ports.js';
import { unreachable } from './unreachable.js';

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
  readonly description: string | null;
  /** The wanted payment id (`custpaymentId`); null for a fresh one. */
  readonly paymentId: string | null;
  /** Where Stripe sends the customer after authentication. */
  readonly returnUrl: string | null;
  /** Keep the card on the customer for later orders. */
  readonly savePaymentMethod: boolean;
  readonly correlationId: string;
}

/** How a command ended, when it was not refused. */
export type Answer =
  | { readonly outcome: 'done'; readonly payment: Payment }
  /** Held as soon as the customer has authenticated. */
  | {
      readonly outcome: 'requires_action';
      readonly payment: Payment;
      readonly action: CustomerAction;
    }
  /** Accepted and written down; it will be finished whatever happens. Ask again later. */
  | { readonly outcome: 'processing'; readonly payment: Payment };

type Answered = Result<Answer, Refusal | Fault>;

/**
 * Holds an order's amount: two round trips to the database and one call to Stripe.
 *
 * Asked again with the same terms while the payment is live, it answers with that payment.
 */
export async function authorize(ports: EscrowPorts, command: AuthorizeCommand): Promise<Answered> {
  const card = await cardOf(ports, command);
  if (card.isErr()) return err(card.error);
  if (card.value.type === 'live') return join(ports, card.value.payment, command);

  const claim = await ports.repository.claim(draft(ports, command, card.value.paymentMethodId));
  if (claim.isErr()) return err(claim.error);
  switch (claim.value.type) {
    case 'id_taken':
      return err({ type: 'PaymentIdTaken', paymentId: command.paymentId ?? '' });
    case 'live':
      return join(ports, claim.value.payment, command);
    case 'claimed': {
      const done = await carryOut(ports, claim.value.payment);
      return done.isErr() ? err(done.error) : answer(ports, done.value);
    }
    default:
      return unreachable(claim.value);
  }
}

function draft(
  ports: EscrowPorts,
  command: AuthorizeCommand,
  paymentMethodId: string,
): InitiatingPayment {
  const { orderId, customerId, stripeCustomerId, amount, description, correlationId } = command;
  const { returnUrl, savePaymentMethod } = command;
  const context = contextFor(ports, correlationId);
  const call = { kind: 'authorize', params: { returnUrl, savePaymentMethod } } as const;
  return initiated({
    id: command.paymentId ?? ports.newId(),
    attempt: 1,
    ...{ orderId, customerId, stripeCustomerId, paymentMethodId, amount, description },
    correlationId,
    operation: operationFor(call, context),
    createdAt: context.now,
    updatedAt: context.now,
  });
}

type Card =
  | { readonly type: 'card'; readonly paymentMethodId: string }
  | { readonly type: 'live'; readonly payment: Payment };

/** The card to hold on: the named one, else the customer's default one. */
async function cardOf(
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
  return found.value === null
    ? err({ type: 'NoPaymentMethod' })
    : ok({ type: 'card', paymentMethodId: found.value });
}

/** A repeat of the authorize that made the order's live payment gets that payment. */
async function join(
  ports: EscrowPorts,
  live: Payment,
  command: AuthorizeCommand,
): Promise<Answered> {
  const terms: HoldTerms = command;
  const allowed = decideRepeatedAuthorize(live, terms);
  if (allowed.isErr()) return err(allowed.error);
  const settled = await settle(ports, live);
  return settled.isErr() ? err(settled.error) : answer(ports, settled.value);
}

async function answer(
  ports: EscrowPorts,
  { payment, action, fault }: CarriedOut,
): Promise<Answered> {
  switch (payment.status) {
    case 'AUTHORIZED':
    case 'RELEASED':
      return ok({ outcome: 'done', payment });
    case 'FAILED':
      return err({ type: 'NotAuthorized', payment, failure: payment.failure });
    case 'REVERTED':
      return err({ type: 'OvertakenByAnother', status: payment.status });
    case 'INITIATING': {
      const { operation } = payment;
      if (operation?.kind === 'void') {
        return operation.params.purpose === 'fail'
          ? err({ type: 'NotAuthorized', payment, failure: operation.params.failure })
          : err({ type: 'OvertakenByAnother', status: payment.status });
      }
      if (fault?.executed === 'no') return err(fault);
      if (operation !== null || !payment.requiresAction)
        return ok({ outcome: 'processing', payment });
      return action === null
        ? askForAction(ports, payment)
        : ok({ outcome: 'requires_action', payment, action });
    }
    default:
      return unreachable(payment);
  }
}

/** The client secret is never stored, so a repeat fetches it; the customer may be done meanwhile. */
async function askForAction(ports: EscrowPorts, payment: InitiatingPayment): Promise<Answered> {
  if (payment.paymentIntentId === null) return ok({ outcome: 'processing', payment });
  const reply = await ports.gateway.retrieve(payment.paymentIntentId);
  if (reply.isErr()) return err(reply.error);
  if (reply.value === null) return ok({ outcome: 'processing', payment });
  const { report, action } = reply.value;
  const applied = await applyReport(ports, payment, report);
  if (applied.isErr()) return err(applied.error);
  const now = applied.value.payment;
  if (now.status === 'INITIATING' && now.operation === null) {
    return ok(
      action === null
        ? { outcome: 'processing', payment: now }
        : { outcome: 'requires_action', payment: now, action },
    );
  }
  const done = applied.value.opened ? await carryOut(ports, now) : await settle(ports, now);
  if (done.isErr()) return err(done.error);
  const { payment: settled } = done.value;
  // Asked once is enough: should the cancel be refused, asking would open it again, and so on.
  return settled.status === 'INITIATING' && settled.operation === null
    ? ok({ outcome: 'processing', payment: settled })
    : answer(ports, done.value);
}
