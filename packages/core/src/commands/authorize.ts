import { err, ok, type Result } from 'neverthrow';
import type { CardFace } from '../gateway/saved-card.js';
import { awaitClarity, awaitOperation, isSamePayment } from '../operation/await-operation.js';
import { executeOperation } from '../operation/execute-operation.js';
import type { Execution } from '../operation/execution.js';
import { applyReport } from '../operation/report-application.js';
import { decideRepeatedAuthorize, type HoldTerms } from '../payment/decide-authorize.js';
import { type InitiatingPayment, isLive, type Payment } from '../payment/payment.js';
import type { EscrowPorts, Fault } from '../ports.js';
import { DAY_MS } from '../time/durations.js';
import { unreachable } from '../unreachable.js';
import type { Answered } from './answer.js';
import { forgetCustomer } from './customer.js';
import { type AuthorizeCommand, cardOf, claim, draft } from './hold-claim.js';

/**
 * Holds an order's amount: two round trips to the database and one call to Stripe.
 *
 * Asked again with the same terms while the payment is live, it answers with that payment.
 */
export async function authorize(ports: EscrowPorts, command: AuthorizeCommand): Promise<Answered> {
  const answered = await attempt(ports, command);
  if (answered.isOk() || answered.error.type !== 'HoldRejected') return answered;
  const forgotten = await forgetUnknownCustomer(ports, command, answered.error.param);
  if (forgotten.isErr()) return err(forgotten.error);
  return forgotten.value ? attempt(ports, command) : answered;
}

async function attempt(ports: EscrowPorts, command: AuthorizeCommand): Promise<Answered> {
  const since = ports.clock.now();
  const former = await paymentOfFormerId(ports, command);
  if (former.isErr()) return err(former.error);
  if (former.value !== null) {
    const { id } = former.value;
    return answerOfSame(ports, { ...command, paymentId: id }, id);
  }
  const full = ports.gateway.refusal?.('authorize') ?? null;
  if (full !== null) {
    const made = await wasMade(ports, command);
    if (made.isErr()) return err(made.error);
    if (!made.value) return err(full);
  }
  const card = await cardOf(ports, command);
  if (card.isErr()) return err(card.error);
  if (card.value.type === 'live') return join(ports, card.value.payment, command);

  const wanted = draft(ports, command, card.value.paymentMethodId);
  const claimed = await claim(ports, wanted);
  if (claimed.isErr()) return err(claimed.error);
  switch (claimed.value.type) {
    case 'id_taken':
      return command.onceOnly === true
        ? answerOfSame(ports, command, wanted.id)
        : err({ type: 'PaymentIdTaken', paymentId: wanted.id });
    case 'live':
      return join(ports, claimed.value.payment, command);
    case 'claimed': {
      const made = await executeOperation(ports, claimed.value.payment, 'just_now');
      const done = await awaitClarity(ports, made, since);
      if (done.isErr()) return err(done.error);
      const answered = await answer(ports, done.value);
      const { defaultCard } = card.value;
      return defaultCard === undefined ? answered : withDefaultCard(answered, defaultCard);
    }
    default:
      return unreachable(claimed.value);
  }
}

/** Who named no card is told which one it was that did not do. */
function withDefaultCard(answered: Answered, defaultCard: CardFace | null): Answered {
  return answered.mapErr((error) =>
    error.type === 'HoldRejected' || error.type === 'NotAuthorized'
      ? { ...error, defaultCard }
      : error,
  );
}

/**
 * The payment that this very request made before the installation had its id: a redelivery that
 * comes after the upgrade must not make another. A month later none is on its way any more.
 */
async function paymentOfFormerId(
  { repository, installation, clock }: EscrowPorts,
  { formerPaymentId: paymentId }: AuthorizeCommand,
): Promise<Result<Payment | null, Fault>> {
  const { namedSince } = installation;
  if (paymentId === undefined || namedSince === null) return ok(null);
  const isLongAgo = clock.now().getTime() - namedSince.getTime() > 30 * DAY_MS;
  return isLongAgo ? ok(null) : repository.find({ paymentId });
}

/** Whether a payment is there that answers the command, so that it may need no call. */
async function wasMade(
  { repository }: EscrowPorts,
  { orderId, paymentId }: AuthorizeCommand,
): Promise<Result<boolean, Fault>> {
  const [latest, own] = await Promise.all([
    repository.find({ orderId }),
    paymentId === null ? ok(null) : repository.find({ paymentId }),
  ]);
  if (latest.isErr()) return err(latest.error);
  return own.map((named) => named !== null || (latest.value !== null && isLive(latest.value)));
}

/** The payment that this very request made, whatever became of it. */
async function answerOfSame(
  ports: EscrowPorts,
  command: AuthorizeCommand,
  paymentId: string,
): Promise<Answered> {
  const found = await ports.repository.find({ paymentId });
  if (found.isErr()) return err(found.error);
  if (found.value === null || found.value.orderId !== command.orderId) {
    return err({ type: 'PaymentIdTaken', paymentId });
  }
  return join(ports, found.value, command);
}

/**
 * Whether to try again because a customer that we had remembered, and nobody named, was unknown.
 * Others may have replaced it meanwhile, so Stripe is asked about the one that is remembered now.
 */
async function forgetUnknownCustomer(
  ports: EscrowPorts,
  { customerId, stripeCustomerId: named }: AuthorizeCommand,
  param: string | null,
): Promise<Result<boolean, Fault>> {
  if (named !== null || param !== 'customer') return ok(false);
  const known = await ports.customers.lookUp(customerId);
  if (known.isErr()) return err(known.error);
  if (known.value === null) return ok(true);
  const asked = await ports.gateway.defaultPaymentMethod(known.value);
  if (asked.isOk()) return ok(true);
  if (asked.error.type !== 'CustomerUnknown') return err(asked.error);
  const forgotten = await forgetCustomer(ports, { customerId, stripeCustomerId: known.value });
  return forgotten.map(() => true);
}

/** A repeat of the authorize that made the order's live payment gets that payment. */
async function join(
  ports: EscrowPorts,
  live: Payment,
  command: AuthorizeCommand,
): Promise<Answered> {
  // An id that stands for the request was not asked for, so it contradicts nothing.
  const terms: HoldTerms = command.onceOnly === true ? { ...command, paymentId: null } : command;
  const allowed = decideRepeatedAuthorize(live, terms);
  // The very same request wants to know how it ended, and not that it is ending.
  const isSame = command.onceOnly === true && live.id === command.paymentId;
  if (allowed.isErr() && !(isSame && allowed.error.type === 'OperationInProgress')) {
    return err(allowed.error);
  }
  const awaited = await awaitOperation(ports, live);
  if (awaited.isErr()) return err(awaited.error);
  // Withdrawn meanwhile and made anew under its id, maybe on other terms.
  if (!isSamePayment(awaited.value.payment, live)) return attempt(ports, command);
  return answer(ports, awaited.value);
}

async function answer(
  ports: EscrowPorts,
  { payment, action, fault, withdrawn, rejected }: Execution,
): Promise<Answered> {
  if (withdrawn && rejected !== null) return err({ type: 'HoldRejected', ...rejected });
  if (withdrawn && fault !== null) return err(fault);
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
      // After a decline it may still hold until it is canceled: only then it is FAILED, and told so.
      if (operation?.kind === 'void' && operation.params.purpose === 'revert') {
        return err({ type: 'OvertakenByAnother', status: payment.status });
      }
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
  // The hold is under way, and only what the customer must do for it is not to be had just now.
  if (reply.isErr() || reply.value === null) return ok({ outcome: 'processing', payment });
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
  const done = applied.value.opened
    ? await executeOperation(ports, now, 'before')
    : await awaitOperation(ports, now);
  if (done.isErr()) return err(done.error);
  const { payment: awaited } = done.value;
  // Asked once is enough: should the cancel be refused, asking would open it again, and so on.
  return awaited.status === 'INITIATING' && awaited.operation === null
    ? ok({ outcome: 'processing', payment: awaited })
    : answer(ports, done.value);
}
