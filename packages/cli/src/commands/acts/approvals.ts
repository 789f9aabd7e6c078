import type { ReadSide } from '@campusg-pay/adapters';
import { type Approval, formatMajor, isSamePerson } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, printJsonLine, tell, terminalWidth } from '../../terminal/output.js';
import { table, wrapped } from '../../terminal/table.js';
import type { ApprovalDocument, RejectedDocument } from '../../wording/documents.js';
import { warningFacts, warningLines } from '../../wording/finding-wording.js';
import { amountDocument } from '../../wording/money-document.js';
import { minuteOf } from '../../wording/time-wording.js';
import { type ActOptions, consent, operatorOf } from '../consent.js';
import { type Ending, endAs, fail, refused } from '../endings.js';
import { withReadSide, withRecords, withStripe } from '../session.js';
import { recheck, tellRequest } from './approved-acts.js';

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
  {
    title: 'ABOUT',
    value: ({ orderId, runnerId }: Approval) => orderId ?? runnerId ?? '',
    least: 12,
  },
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
  const { id, act, paymentId, orderId, runnerId, details, amount, status, requestedBy } = approval;
  const { reason, requestedAt, state, decidedBy, decidedAt, decision } = approval;
  return {
    approvalId: id,
    act,
    paymentId,
    orderId,
    runnerId,
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
    const { says, differs } = agreement;
    const plan = {
      question: `Approve request ${id} of ${found.requestedBy}`,
      consequences: [...linesOf(found), `  Stripe    ${says}`, ...warningLines(differs)],
      facts: {
        act: 'approvals.approve',
        approval: documentOf(found),
        says,
        differs: warningFacts(differs),
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
    const done = await agreement.run(will);
    // What was not done may be approved again, or rejected.
    const closed = await session.approvals.close(id, done.isDone ? 'done' : 'waiting');
    if (closed.isErr()) tell(`Request ${id} could not be closed; approving it again is safe.`);
    return done.tell(options);
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

function linesOf(approval: Approval): string[] {
  const { paymentId, runnerId, requestedBy, reason } = approval;
  return [
    tellRequest(approval),
    paymentId === null ? `  runner    ${runnerId}` : `  payment   ${paymentId}`,
    `  asked by  ${requestedBy}: ${reason}`,
  ];
}

function decidedMeanwhile(id: number): Ending {
  return refused('decided_meanwhile', `Request ${id} was decided meanwhile.`);
}
