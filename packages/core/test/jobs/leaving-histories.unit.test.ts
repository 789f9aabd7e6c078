import {
  createArchiver,
  type Discrepancy,
  type OurSide,
  type Payment,
  type Run,
} from '@campusg-pay/core';
import { VIRTUAL_START } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { given, held, owedRefund, owedTransfer, released } from '../../testing/samples.js';
import { record } from '../sides.js';

const DAY_MS = 86_400_000;
const NOW = new Date(VIRTUAL_START.getTime() + 200 * DAY_MS);
const days = (count: number) => new Date(VIRTUAL_START.getTime() + count * DAY_MS).toISOString();

const done = { doneTo: days(0), theirs: 0, ours: 0 };
const PROGRESS = {
  doneTo: days(0),
  intents: 1,
  payments: 1,
  spentMs: 1,
  transfers: done,
  refunds: done,
};

/** Over all of the time, begun long after anything changed. */
const RUN: Run = {
  id: 7,
  from: days(-1),
  to: days(100),
  older: true,
  startedAt: days(100),
  finishedAt: days(101),
  startedBy: 'night',
  progress: PROGRESS,
  found: [0, 0, 0, 0],
  accepted: 0,
};

/** What becomes of one record, with these runs and their findings: why it stays, or `proven`. */
async function judged(
  ours: OurSide,
  runs: readonly Run[] = [RUN],
  findings: readonly Partial<Discrepancy>[] = [],
): Promise<string> {
  const none = { payments: 0, events: 0, operations: 0, webhooks: 0 };
  const archiver = createArchiver({
    records: {
      within: async ({ before }) => {
        if (before !== null) return ok([]);
        return ok([{ type: 'record', ours, place: { at: days(0), id: ours.payment.id } }]);
      },
    },
    runs: {
      latest: async () => ok(runs),
      discrepancies: async () => ok(findings as Discrepancy[]),
    },
    store: {
      histories: async () => ok([]),
      begin: async () => ok(1),
      takeOut: async () => ok(none),
      ofPayment: async () => ok(null),
    },
    writer: null,
    clock: { now: () => NOW, sleep: async () => {} },
    by: 'test',
    afterMs: 90 * DAY_MS,
  });
  const { kept, proven } = (await archiver.part({ after: null, apply: false }))._unsafeUnwrap();
  if (proven === 1) return 'proven';
  return Object.entries(kept).find(([, count]) => count === 1)?.[0] ?? 'nothing';
}

const payment = given(held(), released(null));
const over = record(payment);
const changed = (facts: object): Payment => ({ ...payment, ...facts }) as Payment;
const found = { ...RUN, found: [1, 0, 0, 0] };

describe('a history leaves', () => {
  it('when its payment is over and the latest run over it found nothing', async () => {
    expect(await judged(over)).toBe('proven');
  });

  const DISPUTE = { disputeId: 'dp', reason: 'fraudulent', amountMinor: 1 };
  const open: readonly (readonly [string, OurSide])[] = [
    ['held', record(held())],
    ['to be looked at', record(changed({ review: 'look' }))],
    ['to be published', record(payment, { waitingSince: VIRTUAL_START })],
    ['owed by a runner', record(payment, { debts: [{ leftMinor: 1, since: VIRTUAL_START }] })],
    ['on its way to a runner', record(changed({ transfer: owedTransfer() }))],
    ['to be given back', record(changed({ refunds: [owedRefund()] }))],
    ['waiting for a bank', record(changed({ pendingRefund: { refundId: 're', amountMinor: 1 } }))],
    ['disputed', record(changed({ dispute: { ...DISPUTE, status: 'under_review' } }))],
  ];
  it.each(open)('not while something is %s', async (_, ours) => {
    expect(await judged(ours)).toBe('open');
  });

  it.each([
    ['looked at by a person', { review: 'look', reviewed: true }],
    ['disputed, and that is closed', { dispute: { ...DISPUTE, status: 'lost' } }],
  ])('also of one that was %s', async (_, facts) => {
    expect(await judged(record(changed(facts)))).toBe('proven');
  });

  const unproven: readonly (readonly [string, Partial<Run>])[] = [
    ['was cut off', { finishedAt: null }],
    ['began before the payment changed last', { startedAt: days(-1) }],
    ['began within a quarter of an hour of that', { startedAt: VIRTUAL_START.toISOString() }],
    ['goes over a later time only', { from: days(1) }],
    ['ends before the payment changed last', { to: VIRTUAL_START.toISOString() }],
    [
      'knew no transfers yet',
      { progress: { doneTo: days(0), intents: 1, payments: 1, spentMs: 1 } },
    ],
  ];
  it.each(unproven)('not by a run that %s', async (_, facts) => {
    expect(await judged(over, [{ ...RUN, ...facts }])).toBe('unproven');
  });

  it.each([
    ['its record', { ours: { id: payment.id } }],
    ['its PaymentIntent', { ours: null, theirs: { paymentId: payment.id } }],
    ['its transfer', { ours: null, theirs: null, transfer: { paymentId: payment.id } }],
  ])('not when the run found something in %s', async (_, finding) => {
    expect(await judged(over, [found], [finding as never])).toBe('found');
    expect(await judged(over, [found], [{ ours: { id: 'another' } } as never])).toBe('proven');
  });

  it('not by a run that could not read something, whosever that was', async () => {
    const blind = { type: 'invariant_broken', invariant: 'unreadable', ours: null, theirs: null };
    expect(await judged(over, [found], [blind as never])).toBe('unproven');
  });

  it('by the latest of its runs alone', async () => {
    const finding = { ours: { id: payment.id } } as never;
    expect(await judged(over, [{ ...found, id: 8 }, RUN], [finding])).toBe('found');
    expect(await judged(over, [{ ...RUN, id: 8 }, found], [finding])).toBe('proven');
  });

  it('not when it has left before, but for what has happened since', async () => {
    const { version, status } = payment;
    expect(await judged(record(payment, { archived: { version, status } }))).toBe('archived');
    const before = { version: version - 1, status: 'AUTHORIZED' as const };
    expect(await judged(record(payment, { archived: before }))).toBe('proven');
  });
});
