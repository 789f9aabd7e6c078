// docs/permissions.md: who may do what, and when. What each door has is taken from the doors
// themselves, and the answers are those of the functions that decide.

import { ERRORS } from '../packages/adapters/src/contract/errors.js';
import { problemOf } from '../packages/adapters/src/contract/problems.js';
import { createEscrow } from '../packages/core/src/escrow.js';
import { COMMAND_TYPES } from '../packages/core/src/handling/command.js';
import { decideRepeatedAuthorize } from '../packages/core/src/payment/decide-authorize.js';
import { decideRelease } from '../packages/core/src/payment/decide-release.js';
import { decideRevert } from '../packages/core/src/payment/decide-revert.js';
import { decideAbandoned, decideLapsing } from '../packages/core/src/payment/lapse-policy.js';
import {
  isLive,
  openReview,
  type Payment,
  runnerOf,
  STATUSES,
} from '../packages/core/src/payment/payment.js';
import type { Step } from '../packages/core/src/payment/payment-events.js';
import type { EscrowPorts } from '../packages/core/src/ports.js';
import { SITUATIONS } from '../packages/core/test/situations.js';
import { given, held } from '../packages/core/testing/samples.js';
import { openApiDocument, WHOLE_API } from '../packages/http/src/openapi.js';
import { commandPaths } from './docs-cli.js';
import { type Deed, DOORS } from './permissions.js';

const HEAD = `# Who may do what, and when

Written by \`npm run docs:write\` from the doors themselves and from the functions that decide; CI checks that it is up to date. A
route, command or use case that has no row here fails that check.

- **API key**: every key of \`API_KEYS\` may call every route below; where no key is set (never in production), whoever is on this machine may.
  The routes without \`/api\` are there with \`COMPAT_ROUTES=true\`.
- **Kafka**: whoever may write to the topic of commands. **Terminal**: whoever has the service's database URL and, for what
  calls Stripe, its key; each act names an operator and a reason, and above \`OPS_APPROVAL_ABOVE\` wants a second person.
- **Time**: nobody; the service itself, by its settings. **Dashboard**: whoever may use the Stripe account; the service hears of it by
  webhook, or by asking. **Background**: any replica; one at a time where it matters.
`;

const WHEN = `
## When

All doors ask the same function, so they get the same answer: \`decideRelease\`, \`decideRevert\` and \`decideRepeatedAuthorize\` in
\`packages/core/src/payment/decide-*.ts\`, \`openReview\` in \`payment.ts\`, and for time \`decideAbandoned\` and \`decideLapsing\` in
\`lapse-policy.ts\`. The rows are the situations that the tests of the core go through. *Repeat* means: done or under way before,
answered the same, and nothing happens twice. *Time* is shown with \`HOLD_EXPIRY_ACTION=release\` half an hour before the hold lapses, or an
hour after a customer was asked to authenticate; the default only tells (\`expiring\`).
`;

/** docs/permissions.md */
export function permissions(): string {
  return `${HEAD}\n## Who\n\n${whoTable()}\n${WHEN}\n${whenTable()}\n`;
}

function whoTable(): string {
  checkComplete();
  const routes = routesById();
  const rows = DOORS.map((deed) => [
    deed.what,
    listed((deed.http ?? []).map((id) => `\`${routes.get(id)}\``)),
    listed((deed.kafka ?? []).map((type) => `\`${type}\``)),
    listed((deed.terminal ?? []).map((path) => `\`${path}\``)),
    ...[deed.time, deed.dashboard, deed.background].map((text) => text ?? ''),
  ]);
  return table(
    ['what', 'API key (HTTP)', 'Kafka', 'terminal', 'time (policy)', 'dashboard', 'background'],
    rows,
  );
}

/** Throws unless every route, message, terminal command and use case has one row. */
function checkComplete(): void {
  const useCases = Object.entries(createEscrow({} as EscrowPorts))
    .filter(([, value]) => typeof value === 'function')
    .map(([name]) => name);
  expectAll('HTTP operation', [...routesById().keys()], (deed) => deed.http);
  expectAll('Kafka command', COMMAND_TYPES, (deed) => deed.kafka);
  expectAll('terminal command', commandPaths(), (deed) => deed.terminal);
  expectAll('use case', useCases, (deed) => deed.useCases);
}

function expectAll(
  kind: string,
  wanted: readonly string[],
  of: (deed: Deed) => readonly string[] | undefined,
): void {
  const named = DOORS.flatMap((deed) => of(deed) ?? []);
  const missing = wanted.filter((one) => !named.includes(one));
  const unknown = named.filter((one) => !wanted.includes(one));
  const wrong = [...missing, ...unknown];
  if (wrong.length > 0) throw new Error(`scripts/permissions.ts: ${kind} ${wrong.join(', ')}`);
}

function routesById(): ReadonlyMap<string, string> {
  const { paths } = openApiDocument(WHOLE_API) as {
    paths: Record<string, Record<string, { operationId?: string }>>;
  };
  const routes = new Map<string, string>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, { operationId }] of Object.entries(methods)) {
      if (operationId !== undefined) routes.set(operationId, `${method.toUpperCase()} ${path}`);
    }
  }
  return routes;
}

const refundFailed: Step = { type: 'review_needed', reason: 'refund failed: expired_card' };

function whenTable(): string {
  const situations: readonly (readonly [string, Payment])[] = [
    ...Object.entries(SITUATIONS).map(([name, make]) => [name, make()] as const),
    ['refunded, and the refund failed', given(SITUATIONS.refunded(), refundFailed)],
  ];
  const rows = STATUSES.flatMap((status) =>
    situations
      .filter(([, payment]) => payment.status === status)
      .map(([name, payment]) => row(name, payment, inTime(payment))),
  );
  const lapsed = held();
  rows.push(row('held, past `captureBefore`', lapsed, afterLapse(lapsed)));
  const nothing = [
    '',
    'no payment',
    'a hold is asked for',
    answer(decideRelease(null, RUNNER, at())),
  ];
  rows.push([...nothing, answer(decideRevert(null, NO_REASON, at())), 'refused', 'nothing']);
  return table(
    ['status', 'situation', 'authorize', 'release', 'revert', '`payments reviewed`', 'time'],
    rows,
  );
}

type Decided = ReturnType<typeof decideRelease>;

const RUNNER = { runnerId: 'runner-1' };
const NO_REASON = { reason: null };

function row(name: string, payment: Payment, now: Date): string[] {
  const context = at(now);
  const runnerId = runnerOf(payment) ?? RUNNER.runnerId;
  return [
    payment.status,
    name,
    isLive(payment) ? answer(repeated(payment)) : 'a new payment',
    answer(decideRelease(payment, { runnerId }, context)),
    answer(decideRevert(payment, NO_REASON, context)),
    openReview(payment) === null ? 'refused' : 'done',
    doneBy([
      ...decideAbandoned(payment, at(hourAfter(payment.createdAt)), HOUR_MS),
      ...decideLapsing(payment, context, LAPSE),
    ]),
  ];
}

function repeated(payment: Payment): Decided {
  const { customerId, amount, stripeCustomerId, paymentMethodId } = payment;
  const terms = { customerId, amount, stripeCustomerId, paymentMethodId, paymentId: null };
  return decideRepeatedAuthorize(payment, terms).map(() => []);
}

function answer(decided: Decided): string {
  if (decided.isOk()) return decided.value.length === 0 ? 'repeat' : doneBy(decided.value);
  const { code } = problemOf(decided.error);
  return `${ERRORS[code].status} \`${code}\``;
}

/** The call that Stripe gets, or else what is written down. */
function doneBy(steps: readonly Step[]): string {
  const opened = steps.find((step) => step.type === 'operation_opened');
  if (opened !== undefined) return `**${opened.operation.kind}**`;
  return listed(steps.map(({ type }) => `\`${type}\``)) || 'nothing';
}

const HOUR_MS = 3_600_000;
const LAPSE = { warnMs: 24 * HOUR_MS, action: 'release', actMs: HOUR_MS } as const;

function at(now = new Date(0)) {
  return { now, operationKey: 'docs', leaseMs: 30_000, correlationId: 'docs' };
}

function hourAfter(time: Date): Date {
  return new Date(time.getTime() + HOUR_MS);
}

/** Half an hour before the hold lapses, where there is one. */
function inTime(payment: Payment): Date {
  const end = payment.status === 'AUTHORIZED' ? payment.captureBefore : null;
  return end === null ? payment.createdAt : new Date(end.getTime() - HOUR_MS / 2);
}

function afterLapse(payment: Payment): Date {
  const end = payment.status === 'AUTHORIZED' ? payment.captureBefore : null;
  if (end === null) throw new Error('this hold has no end');
  return end;
}

function listed(parts: readonly string[]): string {
  return parts.join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
