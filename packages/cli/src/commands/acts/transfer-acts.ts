import type { OperatorSession } from '@campusg-pay/adapters';
import {
  type AgreedTransfer,
  type Discrepancy,
  executeTransferAct,
  findNamed,
  isKnownToStripe,
  needsApproval,
  type Payment,
  previewTransfer,
  type TransferDone,
  type TransferWish,
} from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson } from '../../terminal/output.js';
import type { ActedDocument } from '../../wording/documents.js';
import { warningFacts, warningLines } from '../../wording/finding-wording.js';
import { transferPart } from '../../wording/money-document.js';
import { paymentDocument } from '../../wording/payment-document.js';
import { moneyWords } from '../../wording/payment-wording.js';
import { type ActOptions, consent, type Plan } from '../consent.js';
import { fail } from '../endings.js';
import { withStripe } from '../session.js';
import { requestApproval } from './approval-request.js';

/** `campusg-pay transfers send|resume|pause` */
export function transferActCommand(
  wish: TransferWish,
  text: string,
  options: ActOptions,
): Promise<number> {
  return withStripe(async (session, ending) => {
    const named = await findNamed(session.looking, text);
    if (named.isErr()) return fail(named.error);
    const { payment } = named.value;
    const agreed = previewTransfer(payment, wish, session.clock.now());
    if (agreed.isErr()) return fail(agreed.error);
    if (agreed.value.isDone && !options.dryRun) return tellTransfer('before', payment, options);
    const checked = await check(session, agreed.value, wish);
    if (typeof checked === 'number') return checked;
    const consented = await consent(planFor(agreed.value, checked), options, session.config);
    if (consented.isErr()) return consented.error;
    if (ending.aborted) return EXIT.interrupted;
    const will = consented.value;
    if (checked.second) return request(session, agreed.value, { ...checked, ...will, options });
    const done = await executeTransferAct(session, { ...agreed.value, wish }, will);
    return done.isErr() ? fail(done.error) : tellTransferDone(done.value, options);
  });
}

interface Checked {
  readonly wish: TransferWish;
  /** Whether it only asks a second person. */
  readonly second: boolean;
  /** Where Stripe is not as the record says. */
  readonly differs: readonly Discrepancy[];
}

/** By Stripe as it is now; a pause moves no money, and asks nobody. */
async function check(
  session: OperatorSession,
  { payment }: AgreedTransfer,
  wish: TransferWish,
): Promise<Checked | number> {
  if (wish === 'pause') return { wish, second: false, differs: [] };
  const known = await isKnownToStripe(session, payment);
  if (known.isErr()) return fail(known.error);
  if (!known.value) return fail({ type: 'UnknownToStripe', payment });
  const differs = await session.reconciler.differencesOf(payment.id);
  if (differs.isErr()) return fail(differs.error);
  const second = needsApproval(session.config.approvalAbove, payment.amount);
  return { wish, second, differs: differs.value };
}

const VERBS: Readonly<Record<TransferWish, string>> = {
  send: 'Send now',
  resume: 'Let go on',
  pause: 'Hold back',
};

function planFor({ payment, transfer }: AgreedTransfer, { wish, second, differs }: Checked): Plan {
  const { orderId, amount } = payment;
  const { transferId, status, runnerId, stripeAccount, reason } = transfer;
  const words = moneyWords({ ...amount, amountMinor: transfer.amountMinor });
  const question = `${VERBS[wish]} the transfer of ${words} to ${runnerId} of order ${orderId}`;
  const says =
    wish === 'pause'
      ? 'Stripe is not called; it is not sent before somebody resumes it.'
      : `Stripe sends what is due of it to ${stripeAccount ?? 'the account, once there is one'}.`;
  return {
    question: second ? `Ask a second person for this: ${question}` : question,
    consequences: [
      question,
      `  transfer  ${transferId}, ${status}${reason === null ? '' : `: ${reason}`}`,
      `  Stripe    ${says}`,
      ...warningLines(differs),
      ...(second ? ['  approval  The amount wants a second person: this only asks for it.'] : []),
    ],
    facts: {
      act: `transfers.${wish}`,
      payment: paymentDocument(payment),
      transfer: transferPart(transfer, amount.currency),
      says,
      needsApproval: second,
      differs: warningFacts(differs),
    },
  };
}

function request(
  session: OperatorSession,
  { payment, transfer }: AgreedTransfer,
  { wish, ...asked }: Checked & Parameters<typeof requestApproval>[2],
): Promise<number> {
  const { id: paymentId, orderId, amount, status } = payment;
  const { transferId, stripeAccount, amountMinor } = transfer;
  const wanted = {
    act: wish === 'resume' ? 'transfers.resume' : 'transfers.send',
    paymentId,
    orderId,
    runnerId: null,
    details: { transferId, stripeAccount },
    amount: { ...amount, amountMinor },
    status,
  } as const;
  return requestApproval(session, wanted, asked);
}

/** Tells how an act on a transfer ended. */
export async function tellTransferDone(done: TransferDone, options: ActOptions): Promise<number> {
  if (done.isErr()) return fail(done.error);
  const payment = done.value;
  const outcome = payment.operation?.kind === 'transfer' ? 'processing' : 'done';
  return tellTransfer(outcome, payment, options);
}

async function tellTransfer(
  outcome: ActedDocument['outcome'],
  payment: Payment,
  { json }: ActOptions,
): Promise<number> {
  const document: ActedDocument = { outcome, payment: paymentDocument(payment) };
  const { transfer } = document.payment;
  if (transfer === null) return fail({ type: 'NoTransfer' });
  const { status, reason, stripeTransferId } = transfer;
  const id = stripeTransferId === null ? '' : ` (${stripeTransferId})`;
  const why = reason === null ? '' : `: ${reason}`;
  const said = `the transfer of order ${payment.orderId} is ${status}${id}${why}`;
  if (json) await printJson(document);
  else if (outcome === 'processing')
    await print('Accepted; Stripe has not answered yet. The service finishes it by itself.');
  else await print(outcome === 'before' ? `Done before: ${said}.` : `Done: ${said}.`);
  return EXIT.ok;
}
