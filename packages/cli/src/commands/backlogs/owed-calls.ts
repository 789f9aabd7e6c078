import type { OperatorSession, OwedCall } from '@campusg-pay/adapters';
import { onRecord } from '@campusg-pay/core';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, printJsonLine, tell, terminalWidth } from '../../terminal/output.js';
import { type Column, table } from '../../terminal/table.js';
import type { OwedCallDocument, ResumedDocument } from '../../wording/documents.js';
import { minuteOf, spanOf } from '../../wording/time-wording.js';
import { type ActOptions, consent } from '../consent.js';
import { fail, tellWhy } from '../endings.js';
import { withReadSide, withStripe } from '../session.js';

/** `campusg-pay operations list` */
export function operationsListCommand(options: {
  readonly limit: number;
  readonly json?: true;
}): Promise<number> {
  return withReadSide(async (readSide) => {
    const owed = await readSide.backlog.owedCalls({ dueAt: null, limit: options.limit });
    if (owed.isErr()) return fail(owed.error);
    const now = readSide.clock.now();
    if (options.json) for (const call of owed.value) await printJsonLine(documentOf(call));
    else if (owed.value.length > 0) await print(table(columns(now), owed.value, terminalWidth()));
    if (owed.value.length === 0) tell('No call is owed to Stripe.');
    return EXIT.ok;
  });
}

function documentOf({ openedAt, leaseUntil, amount, ...call }: OwedCall): OwedCallDocument {
  const [opened, lease] = [openedAt.toISOString(), leaseUntil.toISOString()];
  return { ...call, major: amount, openedAt: opened, leaseUntil: lease };
}

function columns(now: Date): readonly Column<OwedCall>[] {
  return [
    { title: 'CALL', value: ({ kind }) => kind },
    { title: 'ORDER', value: ({ orderId }) => orderId, least: 12 },
    { title: 'PAYMENT', value: ({ paymentId }) => paymentId, least: 9, spare: 2 },
    { title: 'STATUS', value: ({ status }) => status, spare: 1 },
    { title: 'AMOUNT', value: ({ amount, currency }) => `${amount} ${currency}`, align: 'right' },
    { title: 'TRIES', value: ({ attempts }) => String(attempts), align: 'right' },
    { title: 'OPENED (UTC)', value: ({ openedAt }) => minuteOf(openedAt), spare: 3 },
    {
      title: 'NEXT TRY',
      value: ({ leaseUntil }) => {
        const leftMs = leaseUntil.getTime() - now.getTime();
        return leftMs > 0 ? `in ${spanOf(leftMs)}` : 'due';
      },
      style: ({ leaseUntil }) => (leaseUntil > now ? undefined : 'yellow'),
    },
  ];
}

/** As many in one go, so that Ctrl-C is heard soon. */
const BATCH = 10;
const LISTED = 5;

/** `campusg-pay operations resume` */
export function operationsResumeCommand(
  options: ActOptions & { readonly limit: number },
): Promise<number> {
  return withStripe(async (session, ending) => {
    const { limit } = options;
    const due = await session.backlog.owedCalls({ dueAt: session.clock.now(), limit });
    if (due.isErr()) return fail(due.error);
    const calls = due.value;
    if (calls.length === 0) {
      if (options.json) await printJson({ outcome: 'done', taken: 0, bugs: 0 });
      tell('Nothing is due: campusg-pay operations list shows what rests until later.');
      return EXIT.ok;
    }
    const many = calls.length === 1 ? '1 call' : `${calls.length} calls`;
    const plan = {
      question: `Make ${many} to Stripe that nobody is working on`,
      consequences: [
        `Up to ${many} that are owed to Stripe, each asked for before and under its own key:`,
        ...calls.slice(0, LISTED).map(lineOf),
        ...(calls.length > LISTED ? [`  ... and ${calls.length - LISTED} more`] : []),
      ],
      facts: { act: 'operations.resume', calls: calls.map(documentOf) },
    };
    const agreed = await consent(plan, options, session.config);
    if (agreed.isErr()) return agreed.error;
    const facts = { ...agreed.value, act: 'operations.resume', payment: null, details: { limit } };
    const done = await onRecord(session, facts, () => resume(session, limit, ending));
    if (done.isErr()) return fail(done.error);
    const { code, ...told } = done.value;
    if (options.json) await printJson(told);
    else await print(`Took over ${told.taken}; campusg-pay operations list shows what is left.`);
    return code;
  });
}

function lineOf({ kind, orderId, amount, currency, attempts }: OwedCall): string {
  return `  ${kind.padEnd(9)} ${amount} ${currency} of order ${orderId}, tried ${attempts}x`;
}

async function resume(session: OperatorSession, limit: number, ending: AbortSignal) {
  let taken = 0;
  let bugs = 0;
  const told = (outcome: ResumedDocument['outcome'], code: number) => {
    const value = { outcome, taken, bugs, code };
    const result = `${taken} calls taken on, ${bugs} bugs`;
    return { outcome: outcome === 'fault' ? outcome : ('done' as const), result, value };
  };
  while (taken < limit) {
    if (ending.aborted) return told('interrupted', EXIT.interrupted);
    const wanted = Math.min(BATCH, limit - taken);
    const resumed = await session.escrow.resume(wanted);
    if (resumed.isErr()) return told('fault', tellWhy(resumed.error));
    taken += resumed.value.taken;
    bugs += resumed.value.bugs.length;
    for (const { paymentId, error } of resumed.value.bugs) {
      session.log.error({ paymentId, err: error }, 'bug');
    }
    if (resumed.value.taken < wanted) break;
  }
  return bugs === 0 ? told('done', EXIT.ok) : told('fault', EXIT.fault);
}
