import {
  apply,
  type CustomerDirectory,
  type CustomerEntry,
  type DatabaseFault,
  type HistoryEntry,
  initiated,
  type Operation,
  type Payment,
  type PaymentRepository,
  type Step,
} from '@campusg-pay/core';
import { usd } from '@campusg-pay/core/testing';
import fc from 'fast-check';
import type { Result } from 'neverthrow';

/** One thing that can be asked of the database. Numbers choose among what there is. */
export type Act =
  | { readonly do: 'claim'; readonly order: number; readonly id: number; readonly user: number }
  | {
      readonly do: 'save';
      readonly pick: number;
      readonly write: keyof typeof WRITES;
      readonly webhook: number;
    }
  | { readonly do: 'withdraw'; readonly pick: number }
  | { readonly do: 'takeOwing'; readonly limit: number }
  | { readonly do: 'find'; readonly by: 'order' | 'id' | 'intent'; readonly which: number }
  | { readonly do: 'reserve' | 'lookUp' | 'renew' | 'remember'; readonly user: number };

const user = fc.nat({ max: 1 });
const pick = fc.nat({ max: 7 });

const claim = fc.record({
  do: fc.constant('claim'),
  order: fc.nat({ max: 1 }),
  id: fc.nat({ max: 3 }),
  user,
});
const save = fc.record({
  do: fc.constant('save'),
  pick,
  webhook: fc.nat({ max: 3 }),
  write: fc.constantFrom<(keyof typeof WRITES)[]>(
    'lease',
    'rest',
    'askRevert',
    'hold',
    'hold',
    'fail',
    'capture',
    'void',
    'end',
    'review',
  ),
});
const withdraw = fc.record({ do: fc.constant('withdraw'), pick });
const find = fc.record({
  do: fc.constant('find'),
  by: fc.constantFrom('order', 'id', 'intent'),
  which: fc.nat({ max: 3 }),
});
const customer = fc.record({
  do: fc.constantFrom('reserve', 'lookUp', 'renew', 'remember'),
  user,
});
const takeOwing = fc.record({
  do: fc.constant('takeOwing'),
  limit: fc.integer({ min: 1, max: 3 }),
});

/** What a database may be asked while others ask it too. */
export const besideOthers: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: claim },
  { weight: 5, arbitrary: save },
  ...[withdraw, find, customer].map((arbitrary) => ({ weight: 2, arbitrary })),
) as fc.Arbitrary<Act>;

/** And what it may be asked on its own: what is skipped while locked depends on the others. */
export const anything: fc.Arbitrary<Act> = fc.oneof(
  { weight: 12, arbitrary: besideOthers },
  { weight: 2, arbitrary: takeOwing },
);

const START = Date.UTC(2026, 0, 5, 12);

/** Everything a write needs that must be new: made from its place in the history, so repeatable. */
interface Fresh {
  readonly key: string;
  readonly now: Date;
  /** Different for every act, so that no two leases end together. */
  readonly leaseUntil: Date;
}

function freshFor(place: number): Fresh {
  const now = new Date(START + place * 1_000);
  return {
    key: `key-${place}`,
    now,
    leaseUntil: new Date(now.getTime() + (place % 4) * 1_500 + 1),
  };
}

/** What can be written next about a payment, or null where the rules have no such step. */
const WRITES = {
  lease: ({ operation }: Payment, { leaseUntil }: Fresh): Step[] | null =>
    operation && [{ type: 'operation_leased', leaseUntil, attempts: operation.attempts + 1 }],
  rest: ({ operation }: Payment, { leaseUntil: until }: Fresh): Step[] | null =>
    operation && [{ type: 'operation_rests', until }],
  askRevert: ({ status, operation }: Payment, { key }: Fresh): Step[] | null =>
    status === 'INITIATING' && operation?.kind === 'authorize'
      ? [{ type: 'revert_requested', reason: null, correlationId: key }]
      : null,
  hold: (payment: Payment, { now }: Fresh): Step[] | null => {
    if (payment.status !== 'INITIATING' || payment.operation?.kind === 'void') return null;
    const paymentIntentId = payment.paymentIntentId ?? `pi-${payment.id}-${payment.attempt}`;
    const learned = { type: 'intent_learned', paymentIntentId, stripeCustomerId: null } as const;
    return [
      ...closing(payment),
      ...(payment.paymentIntentId === null ? [learned] : []),
      { type: 'authorized', paymentIntentId, captureBefore: now },
    ];
  },
  fail: (payment: Payment): Step[] | null => {
    const failure = { code: 'card_declined', declineCode: null, message: 'no' };
    const may = payment.status === 'INITIATING';
    return may ? [...closing(payment), { type: 'failed', failure }] : null;
  },
  capture: ({ status, operation }: Payment, fresh: Fresh): Step[] | null =>
    status === 'AUTHORIZED' && operation === null
      ? [opening({ kind: 'capture', params: { runnerId: 'runner' } }, fresh)]
      : null,
  void: ({ status, operation }: Payment, fresh: Fresh): Step[] | null =>
    status === 'AUTHORIZED' && operation === null
      ? [opening({ kind: 'void', params: { purpose: 'revert', reason: 'late' } }, fresh)]
      : null,
  end: (payment: Payment): Step[] | null => {
    if (payment.status !== 'AUTHORIZED' || payment.operation === null) return null;
    const { operation, amount } = payment;
    return operation.kind === 'capture'
      ? [
          ...closing(payment),
          { type: 'released', runnerId: 'runner', receivedMinor: amount.amountMinor },
        ]
      : [...closing(payment), { type: 'reverted', revertMethod: 'voided', reason: 'late' }];
  },
  review: ({ status }: Payment, { key }: Fresh): Step[] | null =>
    status === 'REVERTED' || status === 'FAILED'
      ? null
      : [{ type: 'review_needed', reason: `seen at ${key}, while ${status}` }],
} as const;

function closing({ operation }: Payment): Step[] {
  if (operation === null) return [];
  return [{ type: 'operation_closed', key: operation.key, outcome: 'done', detail: null }];
}

type Call<One = Operation> = One extends Operation ? Pick<One, 'kind' | 'params'> : never;

function opening(call: Call, { key, now: openedAt, leaseUntil }: Fresh): Step {
  const lease = { leaseUntil, resting: false };
  const opened = { key, openedAt, attempts: 1, ...lease, correlationId: `opens-${key}` };
  return { type: 'operation_opened', operation: { ...call, ...opened } as Operation };
}

export interface Ports {
  readonly repository: PaymentRepository;
  readonly customers: CustomerDirectory;
}

/** What callers have read so far, stale or not: acts choose from it. */
export interface Seen {
  readonly payments: Payment[];
  readonly records: CustomerEntry[];
}

/** What came of an act, as plain data; `skipped` where there was nothing to do it to. */
export type Told = 'skipped' | { readonly told: unknown };

/** Does one act, and remembers what it read. `place` makes everything that is new. */
export async function perform(
  { repository, customers }: Ports,
  seen: Readonly<Seen>,
  act: Act,
  place: number,
): Promise<Told> {
  const fresh = freshFor(place);
  const chosen = 'pick' in act ? seen.payments.at(-1 - (act.pick % seen.payments.length)) : null;
  switch (act.do) {
    case 'claim': {
      const claimed = await repository.claim(wanted(act, fresh));
      return told(claimed, ({ value }) => 'payment' in value && notePayment(seen, value.payment));
    }
    case 'save': {
      const steps = chosen ? WRITES[act.write](chosen, fresh) : null;
      if (!chosen || steps === null) return 'skipped';
      const change = apply(chosen, steps, fresh.now);
      const webhook = { id: `evt-${act.webhook}`, type: 'charge.succeeded' };
      const saved = await repository.save(change, act.webhook === 0 ? undefined : webhook);
      return told(saved, ({ value }) => value === 'saved' && notePayment(seen, change.payment));
    }
    case 'withdraw':
      return chosen ? told(await repository.withdraw(chosen)) : 'skipped';
    case 'takeOwing': {
      const { now, leaseUntil } = fresh;
      const taken = await repository.takeOwing({ now, leaseUntil, limit: act.limit });
      return told(taken, ({ value }) => seen.payments.push(...value));
    }
    case 'find': {
      const { by, which } = act;
      const intents = seen.payments.flatMap((one) => one.paymentIntentId ?? []);
      const paymentIntentId = intents[which % Math.max(1, intents.length)] ?? 'pi-none';
      const refs = {
        order: { orderId: `order-${which % 2}` },
        id: { paymentId: `id-${which}` },
        intent: { paymentIntentId },
      };
      const found = await repository.find(refs[by]);
      return told(found, ({ value }) => value !== null && notePayment(seen, value));
    }
    default:
      return performOnCustomer(customers, seen, act, fresh);
  }
}

async function performOnCustomer(
  customers: CustomerDirectory,
  { records }: Readonly<Seen>,
  act: Act & { do: 'reserve' | 'lookUp' | 'renew' | 'remember' },
  { key, now }: Fresh,
): Promise<Told> {
  const customerId = `user-${act.user}`;
  const known = records.filter((record) => record.customerId === customerId);
  switch (act.do) {
    case 'reserve': {
      const reserved = await customers.reserve({ customerId, key, now });
      return told(reserved, ({ value }) => records.push(value));
    }
    case 'lookUp':
      return told(await customers.lookUp(customerId));
    case 'renew': {
      const record = known.at(-1);
      return record ? told(await customers.renew({ record, key, now })) : 'skipped';
    }
    case 'remember': {
      if (known.length === 0) return 'skipped';
      return told(await customers.remember({ customerId, stripeCustomerId: `cus-${key}` }));
    }
  }
}

function wanted({ order, id, user: who }: Act & { do: 'claim' }, fresh: Fresh) {
  const { key, now, leaseUntil } = fresh;
  const correlationId = `claims-${key}`;
  const params = { returnUrl: null, savePaymentMethod: false };
  const lease = { leaseUntil, resting: false };
  const opened = { key, openedAt: now, attempts: 1, ...lease, correlationId };
  return initiated({
    id: `id-${id}`,
    orderId: `order-${order}`,
    attempt: 1,
    customerId: `user-${who}`,
    stripeCustomerId: null,
    paymentMethodId: 'pm_card_visa',
    amount: usd(2098),
    description: null,
    correlationId,
    createdAt: now,
    updatedAt: now,
    operation: { kind: 'authorize', params, ...opened },
  });
}

function notePayment({ payments }: Readonly<Seen>, payment: Payment): void {
  payments.push(payment);
}

function told<Value>(
  answer: Result<Value, DatabaseFault>,
  remember: (answer: { value: Value }) => unknown = () => {},
): Told {
  if (answer.isErr()) throw new Error(`no outage was meant: ${answer.error.reason}`);
  remember(answer);
  return { told: answer.value ?? null };
}

/** Everything that can be read of what the acts left behind. */
export async function stateOf({ repository, customers }: Ports) {
  const payments: (Payment | null)[] = [];
  const histories: (readonly HistoryEntry[])[] = [];
  for (const paymentId of ['id-0', 'id-1', 'id-2', 'id-3']) {
    payments.push((await repository.find({ paymentId }))._unsafeUnwrap());
    histories.push((await repository.history(paymentId))._unsafeUnwrap());
  }
  const known: (string | null)[] = [];
  for (const id of ['user-0', 'user-1']) known.push((await customers.lookUp(id))._unsafeUnwrap());
  return { payments, histories, known };
}
