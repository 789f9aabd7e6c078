import type { OperatorSession } from '@campusg-pay/adapters';
import {
  type Approval,
  type Discrepancy,
  executeAct,
  executeSetAccount,
  executeTransferAct,
  formatMajor,
  type OperatorsWill,
  type Payment,
  type Preview,
  preview,
  previewTransfer,
  type Wish,
} from '@campusg-pay/core';
import { err, ok, type Result } from 'neverthrow';
import { z } from 'zod';
import { partOf } from '../../wording/payment-wording.js';
import { tellPreview } from '../../wording/preview-wording.js';
import { explainRefusal, explainTransferRefusal } from '../../wording/refusals.js';
import type { ActOptions } from '../consent.js';
import { type Ending, endAs, fail, refused } from '../endings.js';
import { tellDone } from './payment-acts.js';
import { tellAccountSet } from './runner-account.js';
import { tellTransferDone } from './transfer-acts.js';

/** Somebody's act that another one may say yes to. */
export interface ApprovedAct {
  /** What Stripe will be told, in words. */
  readonly says: string;
  /** Where Stripe is not as the record says. */
  readonly differs: readonly Discrepancy[];
  /** Carries it out; tells whether it was done, and how to tell that. */
  run(will: OperatorsWill & { readonly approvalId: number }): Promise<RunEnd>;
}

interface RunEnd {
  readonly isDone: boolean;
  tell(options: ActOptions): Promise<number>;
}

/** Whether what was asked for then is still what would be done now; else the exit code. */
export async function recheck(
  session: OperatorSession,
  approval: Approval,
): Promise<ApprovedAct | number> {
  const { act, paymentId } = approval;
  if (act === 'runners.set.account') return accountAct(session, approval);
  if (paymentId === null) throw new Error(`bug: request ${approval.id} is about no payment`);
  const found = await session.repository.find({ paymentId });
  if (found.isErr()) return fail(found.error);
  const payment = found.value;
  const acted =
    act === 'payments.release' || act === 'payments.revert'
      ? paymentAct(session, payment, approval)
      : transferAct(session, payment, approval);
  if (acted.isErr()) return endAs(acted.error);
  if (payment === null || payment.status !== approval.status) return endAs(movedOn(approval, ''));
  const differs = await session.reconciler.differencesOf(payment.id);
  if (differs.isErr()) return fail(differs.error);
  return { ...acted.value, differs: differs.value };
}

type Act = Omit<ApprovedAct, 'differs'>;

function paymentAct(
  session: OperatorSession,
  payment: Payment | null,
  approval: Approval,
): Result<Act, Ending> {
  const wish = wishOf(approval);
  const previewed = preview(payment, wish, session.clock.now());
  if (payment === null || previewed.isErr()) {
    const why = previewed.isErr() ? ` ${explainRefusal(previewed.error)}` : '';
    return err(movedOn(approval, why));
  }
  const { says } = tellPreview(ok(previewed.value), payment, partOf(payment, wish));
  return ok({
    says,
    run: (will) => runWish(session, payment, { wish, previewed: previewed.value }, will),
  });
}

async function runWish(
  session: OperatorSession,
  payment: Payment,
  agreed: { readonly wish: Wish; readonly previewed: Preview },
  will: OperatorsWill & { readonly approvalId: number },
): Promise<RunEnd> {
  const done = await executeAct(session, { payment, ...agreed }, will);
  const isDone = done.isOk() && done.value.isOk();
  const tell = (options: ActOptions) =>
    done.isErr() ? fail(done.error) : tellDone(done.value, options);
  return { isDone, tell };
}

function transferAct(
  session: OperatorSession,
  payment: Payment | null,
  approval: Approval,
): Result<Act, Ending> {
  const wish = approval.act === 'transfers.resume' ? 'resume' : 'send';
  const agreed = previewTransfer(payment, wish, session.clock.now());
  if (agreed.isErr()) return err(movedOn(approval, ` ${explainTransferRefusal(agreed.error)}`));
  const says = `Stripe sends what is due of it to ${agreed.value.transfer.runnerId}.`;
  const run: Act['run'] = async (will) => {
    const done = await executeTransferAct(session, { ...agreed.value, wish }, will);
    const isDone = done.isOk() && done.value.isOk();
    const tell = (options: ActOptions) =>
      done.isErr() ? fail(done.error) : tellTransferDone(done.value, options);
    return { isDone, tell };
  };
  return ok({ says, run });
}

function accountAct(session: OperatorSession, approval: Approval): ApprovedAct {
  const { runnerId, stripeAccount } = ACCOUNT_DETAILS.parse(approval.details);
  const says = `What waits for ${runnerId} is sent to ${stripeAccount ?? 'no account'}.`;
  return {
    says,
    differs: [],
    run: async (will) => {
      const done = await executeSetAccount(session, { runnerId, stripeAccount }, will);
      const isDone = done.isOk() && done.value.isOk();
      const tell = (options: ActOptions) =>
        done.isErr() ? fail(done.error) : tellAccountSet(done.value, options);
      return { isDone, tell };
    },
  };
}

function movedOn({ status }: Approval, why: string): Ending {
  const moved = `The payment was ${status} when this was asked for, and has moved on.`;
  return refused('moved_on', `${moved}${why} Reject the request.`);
}

const minor = z.int().nonnegative().optional();
const RELEASE_DETAILS = z.object({
  runnerId: z.string(),
  amountMinor: minor,
  tipMinor: minor,
  platformFeeMinor: minor,
  stripeAccount: z.string().optional(),
});
const REVERT_DETAILS = z.object({ amountMinor: minor, refundId: z.string().optional() });
const ACCOUNT_DETAILS = z.object({ runnerId: z.string(), stripeAccount: z.string().nullable() });

/** What was asked for, as the records have it. */
function wishOf({ act, details, reason }: Approval): Wish {
  if (act === 'payments.revert')
    return { type: 'revert', reason, ...given(REVERT_DETAILS.parse(details)) };
  const { runnerId, ...terms } = RELEASE_DETAILS.parse(details);
  return { type: 'release', runnerId, ...given(terms) };
}

/** Without what was left out. */
function given<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const some = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(some) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}

/** What somebody asks for, in a line. */
export function tellRequest({ act, orderId, amount, details }: Approval): string {
  const words = `${formatMajor(amount)} ${amount.currency}`;
  const { runnerId } = details;
  const whom = typeof runnerId === 'string' ? ` to ${runnerId}` : '';
  switch (act) {
    case 'payments.release':
      return `Release ${words} of order ${orderId}${whom}`;
    case 'payments.revert':
      return `Revert ${words} of order ${orderId}`;
    case 'transfers.send':
    case 'transfers.resume':
      return `Send the transfer of ${words} of order ${orderId}`;
    case 'runners.set.account': {
      const { runnerId: whose, stripeAccount } = ACCOUNT_DETAILS.parse(details);
      return `Send the money of ${whose}, of which ${words} waits, to ${stripeAccount ?? 'no account'}`;
    }
  }
}
