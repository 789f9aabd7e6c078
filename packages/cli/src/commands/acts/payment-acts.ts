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
import { print, printJson } from '../../terminal/output.js';
import type { ActedDocument } from '../../wording/documents.js';
import { warningFacts, warningLines } from '../../wording/finding-wording.js';
import { paymentDocument } from '../../wording/payment-document.js';
import { leftOf, moneyTermsOf, partOf, takenOf } from '../../wording/payment-wording.js';
import { tellPreview } from '../../wording/preview-wording.js';
import { type ActOptions, type Consent, consent, type Plan } from '../consent.js';
import { fail, wrongUsage } from '../endings.js';
import { problemOfAccount, problemOfIds } from '../free-text.js';
import { withStripe } from '../session.js';
import { requestApproval } from './approval-request.js';

/** What is said of the money of a release; amounts in minor units. What is left out is as usual. */
export interface ReleaseOptions extends ActOptions {
  readonly runner: string;
  /** What is taken of the held amount. */
  readonly amount?: number;
  /** On top. */
  readonly tip?: number;
  /** What the platform keeps. */
  readonly fee?: number;
  /** `acct_...` */
  readonly account?: string;
}

/** `campusg-pay payments release` */
export function paymentsReleaseCommand(text: string, options: ReleaseOptions): Promise<number> {
  const { runner: runnerId, amount, tip, fee, account } = options;
  const problem = problemOfIds({ '--runner': runnerId }) ?? problemOfAccount('--account', account);
  if (problem !== null) return wrongUsage(problem);
  const wish: Wish = {
    type: 'release',
    runnerId,
    ...(amount === undefined ? {} : { amountMinor: amount }),
    ...(tip === undefined ? {} : { tipMinor: tip }),
    ...(fee === undefined ? {} : { platformFeeMinor: fee }),
    ...(account === undefined ? {} : { stripeAccount: account }),
  };
  return act(text, () => wish, options);
}

/** What is given back, where that is not all that is left. */
export interface RevertOptions extends ActOptions {
  /** In minor units. */
  readonly amount?: number;
  /** The name of this refund: a part needs one. */
  readonly refundId?: string;
}

/** `campusg-pay payments revert` */
export function paymentsRevertCommand(text: string, options: RevertOptions): Promise<number> {
  const { amount, refundId } = options;
  const problem = problemOfIds({ '--refund-id': refundId });
  if (problem !== null) return wrongUsage(problem);
  const part = {
    ...(amount === undefined ? {} : { amountMinor: amount }),
    ...(refundId === undefined ? {} : { refundId }),
  };
  return act(text, ({ reason }) => ({ type: 'revert', reason, ...part }), options);
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
  const part = partOf(payment, wish);
  const { says, call } = tellPreview(ok(previewed), payment, part);
  const verb = wish.type === 'release' ? 'Release' : 'Revert';
  const whom = wish.type === 'release' ? ` to ${runnerWords(wish)}` : '';
  const { id, orderId, status, paymentIntentId } = payment;
  const nth = others.length === 0 ? '' : `, its payment no. ${payment.attempt}`;
  const amount = part ?? (wish.type === 'release' ? takenOf(payment) : leftOf(payment));
  const question = `${verb} ${amount}${moneyTermsOf(payment, wish)} of order ${orderId}${whom}`;
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

function runnerWords({ runnerId, stripeAccount }: Extract<Wish, { type: 'release' }>): string {
  return stripeAccount === undefined ? runnerId : `${runnerId} (${stripeAccount})`;
}

function request(
  session: OperatorSession,
  { payment, wish }: { readonly payment: Payment; readonly wish: Wish },
  asked: Consent & { readonly options: ActOptions },
): Promise<number> {
  const { id: paymentId, orderId, amount, status } = payment;
  const { type, ...details } = wish;
  const about = { act: `payments.${type}`, paymentId, orderId, runnerId: null } as const;
  // Of a part as well it is the whole payment that wants a second person.
  return requestApproval(session, { ...about, details, amount, status }, asked);
}

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
