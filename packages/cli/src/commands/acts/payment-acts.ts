import type { OperatorSession } from '@campusg-pay/adapters';
import {
  type Discrepancy,
  executeAct,
  findNamed,
  isKnownToStripe,
  type Named,
  needsApproval,
  type Payment,
  type Preview,
  preview,
  type Wish,
  type WishDone,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, tell } from '../../terminal/output.js';
import type { ActedDocument, RequestedDocument } from '../../wording/documents.js';
import { warningFacts, warningLines } from '../../wording/finding-wording.js';
import { paymentDocument } from '../../wording/payment-document.js';
import { leftOf, takenOf } from '../../wording/payment-wording.js';
import { tellPreview } from '../../wording/timeline-wording.js';
import { type ActOptions, type Consent, consent, type Plan } from '../consent.js';
import { endAs, fail, refused } from '../endings.js';
import { problemOfIds } from '../free-text.js';
import { withStripe } from '../session.js';

/** `campusg-pay payments release` */
export function paymentsReleaseCommand(
  text: string,
  options: ActOptions & { readonly runner: string },
): Promise<number> {
  const problem = problemOfIds({ '--runner': options.runner });
  if (problem === null)
    return act(text, () => ({ type: 'release', runnerId: options.runner }), options);
  tell(problem);
  return Promise.resolve(EXIT.usage);
}

/** `campusg-pay payments revert` */
export function paymentsRevertCommand(text: string, options: ActOptions): Promise<number> {
  return act(text, ({ reason }) => ({ type: 'revert', reason }), options);
}

/** The wish may hold the operator's reason, which is asked for after the consequences are shown. */
type WishFor = (will: { readonly reason: string | null }) => Wish;

function act(text: string, wishFor: WishFor, options: ActOptions): Promise<number> {
  return withStripe(async (session, ending) => {
    const named = await findNamed(session.looking, text);
    if (named.isErr()) return fail(named.error);
    const { payment } = named.value;
    const wish = wishFor({ reason: null });
    const previewed = preview(payment, wish, session.clock.now());
    if (previewed.isErr()) return fail(previewed.error);
    const { call, written } = previewed.value;
    const before = call === null && written === null && payment.operation === null;
    if (before && !options.dryRun) return tellAct('before', payment, options);
    const known = await isKnownToStripe(session, payment);
    if (known.isErr()) return fail(known.error);
    if (!known.value) return fail({ type: 'UnknownToStripe', payment });
    // By Stripe as it is now, and not by the record alone.
    const differs = await session.reconciler.differencesOf(payment.id);
    if (differs.isErr()) return fail(differs.error);
    const second = needsApproval(session.config.approvalAbove, payment.amount);
    const plan = planFor(named.value, {
      wish,
      previewed: previewed.value,
      second,
      differs: differs.value,
    });
    const agreed = await consent(plan, options, session.config);
    if (agreed.isErr()) return agreed.error;
    if (ending.aborted) return EXIT.interrupted;
    const will = agreed.value;
    if (second) return request(session, { payment, wish: wishFor(will) }, { ...will, options });
    const done = await executeAct(
      session,
      { payment, wish: wishFor(will), previewed: previewed.value },
      will,
    );
    return done.isErr() ? fail(done.error) : tellDone(done.value, options);
  });
}

interface Planned {
  readonly wish: Wish;
  readonly previewed: Preview;
  /** Whether it only asks a second person. */
  readonly second: boolean;
  /** Where Stripe is not as the record says. */
  readonly differs: readonly Discrepancy[];
}

function planFor({ payment, others }: Named, { wish, previewed, second, differs }: Planned): Plan {
  const { says, call } = tellPreview(ok(previewed), payment);
  const verb = wish.type === 'release' ? 'Release' : 'Revert';
  const whom = wish.type === 'release' ? ` to ${wish.runnerId}` : '';
  const { id, orderId, status, paymentIntentId } = payment;
  const nth = others.length === 0 ? '' : `, its payment no. ${payment.attempt}`;
  const amount = wish.type === 'release' ? takenOf(payment) : leftOf(payment);
  const question = `${verb} ${amount} of order ${orderId}${whom}`;
  return {
    question: second ? `Ask a second person for this: ${question}` : question,
    consequences: [
      `${question}${nth}`,
      `  payment   ${id}, ${status}, ${paymentIntentId ?? 'no PaymentIntent'}`,
      `  Stripe    ${says}`,
      ...warningLines(differs),
      ...(second ? ['  approval  The amount wants a second person: this only asks for it.'] : []),
    ],
    facts: {
      act: `payments.${wish.type}`,
      payment: paymentDocument(payment),
      call,
      says,
      needsApproval: second,
      differs: warningFacts(differs),
      done: previewed.call === null && previewed.written === null,
    },
  };
}

async function request(
  session: OperatorSession,
  { payment, wish }: { readonly payment: Payment; readonly wish: Wish },
  { operator, reason, options }: Consent & { readonly options: ActOptions },
): Promise<number> {
  const { id: paymentId, orderId, amount, status } = payment;
  const { type, ...details } = wish;
  const asked = await session.approvals.request({
    act: `payments.${type}`,
    paymentId,
    orderId,
    details,
    amount,
    status,
    requestedBy: operator,
    reason,
    requestedAt: session.clock.now(),
  });
  if (asked.isErr()) return fail(asked.error);
  if (asked.value === null) {
    return endAs(OPEN_ALREADY);
  }
  const number = asked.value;
  const document: RequestedDocument = { outcome: 'requested', approvalId: number };
  if (options.json) await printJson(document);
  else
    await print(
      `Request ${number} waits for somebody else: campusg-pay approvals approve ${number}`,
    );
  return EXIT.asked;
}

const OPEN_ALREADY = refused(
  'request_open',
  'A request for this payment is open already: campusg-pay approvals list',
);

/** Tells how a release or revert ended. */
export async function tellDone(done: WishDone, options: ActOptions): Promise<number> {
  if (done.isErr()) return fail(done.error);
  const outcome = done.value.outcome === 'done' ? 'done' : 'processing';
  return tellAct(outcome, done.value.payment, options);
}

async function tellAct(
  outcome: ActedDocument['outcome'],
  payment: Payment,
  { json }: ActOptions,
): Promise<number> {
  const document: ActedDocument = { outcome, payment: paymentDocument(payment) };
  if (json) await printJson(document);
  else if (outcome === 'done') await print(`Done: ${doneIn(payment)}`);
  else if (outcome === 'before') await print(`Done before: ${doneIn(payment)}`);
  else await print('Accepted; Stripe has not answered yet. The service finishes it by itself.');
  return EXIT.ok;
}

function doneIn(payment: Payment): string {
  const { orderId, status } = payment;
  const text = `order ${orderId} is ${status}, ${takenOf(payment)}`;
  if (payment.status === 'RELEASED') return `${text} to ${payment.runnerId ?? 'nobody yet'}.`;
  return payment.status === 'REVERTED' ? `${text}, ${payment.revertMethod}.` : `${text}.`;
}
