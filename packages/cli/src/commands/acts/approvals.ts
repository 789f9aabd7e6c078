import type { OperatorSession, ReadSide } from '@campusg-pay/adapters';
import {
  type Approval,
  executeAct,
  formatMajor,
  isSamePerson,
  type Payment,
  type Preview,
  preview,
  type Wish,
} from '@campusg-pay/core';
import { ok } from 'neverthrow';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, printJsonLine, tell, terminalWidth } from '../../terminal/output.js';
import { table, wrapped } from '../../terminal/table.js';
import type { ApprovalDocument, RejectedDocument } from '../../wording/documents.js';
import { warningFacts, warningLines } from '../../wording/finding-wording.js';
import { amountDocument } from '../../wording/money-document.js';
import { explainRefusal } from '../../wording/refusals.js';
import { minuteOf } from '../../wording/time-wording.js';
import { tellPreview } from '../../wording/timeline-wording.js';
import { type ActOptions, consent, operatorOf } from '../consent.js';
import { type Ending, endAs, fail, refused } from '../endings.js';
import { withReadSide, withRecords, withStripe } from '../session.js';
import { tellDone } from './payment-acts.js';

/** `campusg-pay approvals list` */
export function approvalsListCommand(options: {
  readonly all?: true;
  readonly limit: number;
  readonly json?: true;
}): Promise<number> {
  return withReadSide(async (readSide) => {
    const found = await readSide.approvals.list(options.all ? 'all' : 'open', options.limit);
    if (found.isErr()) return fail(found.error);
    if (options.json) for (const one of found.value) await printJsonLine(documentOf(one));
    else if (found.value.length > 0) await print(table(COLUMNS, found.value, terminalWidth()));
    if (found.value.length === 0) tell('No request is open.');
    return EXIT.ok;
  });
}

const COLUMNS = [
  { title: 'NO.', value: ({ id }: Approval) => String(id), align: 'right' as const },
  { title: 'ACT', value: ({ act }: Approval) => act },
  { title: 'ORDER', value: ({ orderId }: Approval) => orderId, least: 12 },
  {
    title: 'AMOUNT',
    value: ({ amount }: Approval) => `${formatMajor(amount)} ${amount.currency}`,
    align: 'right' as const,
  },
  { title: 'BY', value: ({ requestedBy }: Approval) => requestedBy, least: 6 },
  { title: 'SINCE (UTC)', value: ({ requestedAt }: Approval) => minuteOf(requestedAt), spare: 1 },
  { title: 'STATE', value: ({ state }: Approval) => state },
  { title: 'WHY', value: ({ reason }: Approval) => reason, least: 12, spare: 2, cut: wrapped },
];

function documentOf(approval: Approval): ApprovalDocument {
  const { id, act, paymentId, orderId, details, amount, status, requestedBy } = approval;
  const { reason, requestedAt, state, decidedBy, decidedAt, decision } = approval;
  return {
    approvalId: id,
    act,
    paymentId,
    orderId,
    details,
    status,
    requestedBy,
    reason,
    state,
    amount: amountDocument({ currency: amount.currency, minor: BigInt(amount.amountMinor) }),
    requestedAt: requestedAt.toISOString(),
    decidedBy,
    decidedAt: decidedAt?.toISOString() ?? null,
    decision,
  };
}

/** `campusg-pay approvals approve` */
export function approvalsApproveCommand(id: number, options: ActOptions): Promise<number> {
  return withStripe(async (session, ending) => {
    const found = await openRequest(session, id, options);
    if (typeof found === 'number') return found;
    const agreement = await recheck(session, found);
    if (typeof agreement === 'number') return agreement;
    const { payment, wish, previewed } = agreement;
    const differs = await session.reconciler.differencesOf(payment.id);
    if (differs.isErr()) return fail(differs.error);
    const { says } = tellPreview(ok(previewed), payment);
    const plan = {
      question: `Approve request ${id} of ${found.requestedBy}`,
      consequences: [...linesOf(found), `  Stripe    ${says}`, ...warningLines(differs.value)],
      facts: {
        act: 'approvals.approve',
        approval: documentOf(found),
        says,
        differs: warningFacts(differs.value),
      },
    };
    const agreed = await consent(plan, options, session.config);
    if (agreed.isErr()) return agreed.error;
    if (ending.aborted) return EXIT.interrupted;
    const { operator: by, reason } = agreed.value;
    const approved = await session.approvals.approve({ id, by, at: session.clock.now(), reason });
    if (approved.isErr()) return fail(approved.error);
    if (!approved.value) return endAs(decidedMeanwhile(id));
    const will = { ...agreed.value, approvalId: id };
    const done = await executeAct(session, { payment, wish, previewed }, will);
    const answer = done.isErr() ? done : done.value;
    // What was not done may be approved again, or rejected.
    const closed = await session.approvals.close(id, answer.isOk() ? 'done' : 'waiting');
    if (closed.isErr()) tell(`Request ${id} could not be closed; approving it again is safe.`);
    return done.isErr() ? fail(done.error) : tellDone(done.value, options);
  });
}

/** `campusg-pay approvals reject` */
export function approvalsRejectCommand(id: number, options: ActOptions): Promise<number> {
  return withRecords(async (readSide) => {
    const found = await openRequest(readSide, id, options);
    if (typeof found === 'number') return found;
    const plan = {
      question: `Reject request ${id} of ${found.requestedBy}`,
      consequences: [...linesOf(found), '  Stripe    is not called.'],
      facts: { act: 'approvals.reject', approval: documentOf(found) },
    };
    const agreed = await consent(plan, options, readSide.config);
    if (agreed.isErr()) return agreed.error;
    const { operator: by, reason } = agreed.value;
    const rejected = await readSide.approvals.reject({ id, by, at: readSide.clock.now(), reason });
    if (rejected.isErr()) return fail(rejected.error);
    if (!rejected.value) return endAs(decidedMeanwhile(id));
    const document: RejectedDocument = { outcome: 'rejected', approvalId: id };
    if (options.json) await printJson(document);
    else await print(`Request ${id} is rejected.`);
    return EXIT.ok;
  });
}

/** The request, if it is open and somebody else's; else the exit code. */
async function openRequest(
  { approvals, config }: ReadSide,
  id: number,
  options: ActOptions,
): Promise<Approval | number> {
  const operator = await operatorOf(options, config);
  if (operator.isErr()) return operator.error;
  const found = await approvals.find(id);
  if (found.isErr()) return fail(found.error);
  const approval = found.value;
  const isOpen = approval?.state === 'waiting' || approval?.state === 'approved';
  if (approval === null || !isOpen) {
    const state = approval === null ? 'There is no request' : `It is ${approval.state}: request`;
    const why = `${state} ${id}. campusg-pay approvals list shows those that are open.`;
    return endAs(refused('no_open_request', why));
  }
  const { requestedBy } = approval;
  // The database refuses it too; told here, nobody is asked for a reason in vain.
  if (!isSamePerson(requestedBy, operator.value)) return approval;
  const why = `Request ${id} is ${requestedBy}'s own: somebody else must decide.`;
  return endAs(refused('own_request', why));
}

/** Whether what was asked for then is still what would be done now. */
async function recheck(
  session: OperatorSession,
  approval: Approval,
): Promise<{ payment: Payment; wish: Wish; previewed: Preview } | number> {
  const found = await session.repository.find({ paymentId: approval.paymentId });
  if (found.isErr()) return fail(found.error);
  const payment = found.value;
  const wish = wishOf(approval);
  const previewed = preview(payment, wish, session.clock.now());
  if (payment === null || previewed.isErr() || payment.status !== approval.status) {
    const why = previewed.isErr() ? ` ${explainRefusal(previewed.error)}` : '';
    const moved = `The payment was ${approval.status} when this was asked for, and has moved on.`;
    return endAs(refused('moved_on', `${moved}${why} Reject the request.`));
  }
  return { payment, wish, previewed: previewed.value };
}

function wishOf({ act, details, reason }: Approval): Wish {
  if (act === 'payments.revert') return { type: 'revert', reason };
  const { runnerId } = details;
  if (typeof runnerId !== 'string') throw new Error('bug: a release without its runner');
  return { type: 'release', runnerId };
}

function linesOf({ act, orderId, paymentId, amount, requestedBy, reason, details }: Approval) {
  const { runnerId } = details;
  const whom = typeof runnerId === 'string' ? ` to ${runnerId}` : '';
  return [
    `${act === 'payments.release' ? 'Release' : 'Revert'} ${formatMajor(amount)} ${amount.currency} of order ${orderId}${whom}`,
    `  payment   ${paymentId}`,
    `  asked by  ${requestedBy}: ${reason}`,
  ];
}

function decidedMeanwhile(id: number): Ending {
  return refused('decided_meanwhile', `Request ${id} was decided meanwhile.`);
}
