import type { Escrow, Payment, PaymentEvent, WebhookReport } from '@campusg-pay/core';
import {
  brokenInvariants,
  CARDS,
  type GatewayCallName,
  type GatewayTrouble,
  idle,
  type MemoryStore,
  type MemorySystem,
  memorySystem,
  type StoreTrouble,
  usd,
} from '@campusg-pay/core/testing';

/** One thing that somebody does. Orders, runners and picks are small numbers, so that they meet. */
export type Act =
  | {
      readonly do: 'authorize';
      readonly order: number;
      readonly card: Card;
      readonly known: boolean;
      /** The payment id names this very request. */
      readonly once: boolean;
    }
  | { readonly do: 'release'; readonly order: number; readonly runner: number }
  | { readonly do: 'revert' | 'check' | 'approve' | 'fail' | 'payAnew'; readonly order: number }
  | { readonly do: 'webhook'; readonly pick: number }
  | { readonly do: 'resume' }
  | {
      readonly do: 'captureOutside' | 'refundOutside';
      readonly order: number;
      readonly minor: number;
    }
  | { readonly do: 'cancelOutside' | 'expire'; readonly order: number };

export type Card = Exclude<keyof typeof CARDS, 'expired'>;

export interface Chaos {
  /** What each client does, one after the other; the clients run at once. */
  readonly clients: readonly (readonly Act[])[];
  /** Decides the order in which calls of different clients get through, and what befalls them. */
  readonly seed: number;
  /** How many of a hundred calls get into trouble. */
  readonly troubled: number;
  /** How long a hold lasts: a week, or so short that it lapses on the way. */
  readonly holdMs: number;
}

type Answered = Awaited<ReturnType<Escrow['authorize']>>;

interface Ended {
  readonly act: Act;
  readonly answer: Answered;
  readonly correlationId: string;
}

export interface Outcome {
  readonly system: MemorySystem;
  readonly broken: readonly string[];
}

const CLIENT_AMOUNT = usd(2098);

/**
 * Lets clients act at once over a troubled line, their calls interleaved at random, then lets the
 * service recover, and judges every moment by the invariants.
 *
 * `webhooks` tells whether those that did not get through in time come in the end.
 */
export async function run(
  { clients, seed, troubled, holdMs }: Chaos,
  { webhooks }: { readonly webhooks: boolean },
): Promise<Outcome> {
  const random = mulberry(seed);
  const waiting: (() => void)[] = [];
  let calm = false;
  const hop = () => (calm ? Promise.resolve() : new Promise<void>((go) => waiting.push(go)));
  const inTrouble = () => !calm && random() * 100 < troubled;
  const system = memorySystem({
    autoAdvance: false,
    holdMs,
    settings: { leaseMs: 30_000, waitMs: 200 },
    network: hop,
    gatewayTrouble: (call) => (inTrouble() ? gatewayTrouble(call, random) : null),
    beforeStoreCall: async () => {
      await hop();
      return inTrouble() ? storeTrouble(random) : null;
    },
  });

  const broken: string[] = [];
  const judge = (quiet: boolean) => {
    if (broken.length === 0) broken.push(...brokenInvariants(system.evidence(), { quiet }));
  };
  let active = clients.length;
  const ending = clients.map((acts, client) =>
    actAll(system, acts, client).finally(() => {
      active -= 1;
    }),
  );
  const all = Promise.all(ending);
  let failed: unknown = null;
  all.catch((thrown: unknown) => {
    failed = thrown;
  });
  while (active > 0 && failed === null) {
    await idle();
    judge(false);
    const [next] = waiting.splice(Math.floor(random() * waiting.length), 1);
    // Now and then a call takes longer than its lease.
    if (next === undefined || random() < 0.02) {
      if (!system.clock.wakeNext() || next !== undefined) await system.clock.advance(31_000);
    }
    next?.();
  }
  calm = true;
  for (const go of waiting.splice(0)) go();
  await recover(system, all, { webhooks });
  judge(true);
  broken.push(...untrueAnswers(system, (await all).flat()));
  return { system, broken };
}

/** What the service does by itself, on and on, once the line is good again. */
async function recover(
  system: MemorySystem,
  clients: Promise<unknown>,
  { webhooks }: { readonly webhooks: boolean },
): Promise<void> {
  const { clock, escrow, store, deliver, gateway } = system;
  let settled = false;
  clients.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  for (let round = 0; round < 4 || !settled; round += 1) {
    if (round > 100) throw new Error('a client never came back');
    // What could not be finished before rests for more than an hour at most.
    await clock.advance(76 * 60_000);
    await resume(escrow, 100);
    if (webhooks) await deliver(gateway.webhooks);
    for (const { orderId } of store.payments()) await escrow.check({ orderId });
  }
  await clients;
}

/** Bugs are told and not thrown, so that the others go on; here each one ends the run. */
async function resume(escrow: Escrow, limit: number): Promise<void> {
  const resumed = await escrow.resume(limit);
  const [bug] = resumed.isOk() ? resumed.value.bugs : [];
  if (bug !== undefined) throw bug.error;
}

async function actAll(
  system: MemorySystem,
  acts: readonly Act[],
  client: number,
): Promise<readonly Ended[]> {
  const answers: Ended[] = [];
  for (const [index, act] of acts.entries()) {
    const correlationId = `${act.do}-${client}-${index}`;
    const answer = await perform(system, act, correlationId);
    if (answer !== null) answers.push({ act, answer, correlationId });
  }
  return answers;
}

async function perform(
  system: MemorySystem,
  act: Act,
  correlationId: string,
): Promise<Answered | null> {
  const { escrow, gateway, authorizing } = system;
  const order = 'order' in act ? { orderId: `order-${act.order}` } : { orderId: '' };
  switch (act.do) {
    case 'authorize': {
      const known = act.known ? {} : { stripeCustomerId: null };
      const paymentMethodId = CARDS[act.card];
      const once = act.once ? { paymentId: `once-${act.order}`, onceOnly: true } : {};
      const wanted = { ...order, paymentMethodId, amount: CLIENT_AMOUNT, correlationId };
      return escrow.authorize(authorizing({ ...wanted, ...known, ...once }));
    }
    case 'release':
      return escrow.release({ payment: order, runnerId: `runner-${act.runner}`, correlationId });
    case 'revert':
      return escrow.revert({ payment: order, reason: null, correlationId });
    case 'check':
      await escrow.check(order);
      return null;
    case 'resume':
      await resume(escrow, 10);
      return null;
    case 'webhook': {
      const webhook = gateway.webhooks[act.pick % Math.max(1, gateway.webhooks.length)];
      if (webhook !== undefined) await escrow.report(webhook satisfies WebhookReport);
      return null;
    }
    default:
      actOutside(system, act);
      return null;
  }
}

/** Customers and people at Stripe do what they want, as far as it is possible at the moment. */
function actOutside({ gateway }: MemorySystem, act: Extract<Act, { order: number }>): void {
  const { customer, dashboard } = gateway;
  const id = gateway.intentsOf(`order-${act.order}`).at(-1)?.paymentIntentId;
  if (id === undefined) return;
  const deeds: Partial<Record<Act['do'], () => void>> = {
    approve: () => customer.approve(id),
    fail: () => customer.fail(id),
    payAnew: () => customer.confirm(id, CARDS.good),
    captureOutside: () => dashboard.capture(id, 'minor' in act ? act.minor : undefined),
    refundOutside: () => dashboard.refund(id, 'minor' in act ? act.minor : undefined),
    cancelOutside: () => dashboard.cancel(id),
    expire: () => dashboard.expire(id),
  };
  try {
    deeds[act.do]?.();
  } catch (impossible) {
    if (!(impossible instanceof Error) || impossible.message.startsWith('bug')) throw impossible;
  }
}

/** Whoever was told that nothing was done finds that it never was. */
function doneAfterAll({ store }: MemorySystem, { act, answer, correlationId }: Ended): boolean {
  if (answer.isOk() || answer.error.type !== 'GatewayUnavailable') return false;
  if (answer.error.executed !== 'no') return false;
  const payments = store.payments();
  if (act.do === 'authorize') return payments.some((one) => one.correlationId === correlationId);
  return payments.some(({ id }) =>
    store
      .journal(id)
      .some((it) => it.operation.correlationId === correlationId && it.outcome !== 'withdrawn'),
  );
}

/** Whoever was told "done" finds just that in the history, and what was accepted is not forgotten. */
function untrueAnswers(system: MemorySystem, ended: readonly Ended[]): readonly string[] {
  const { store } = system;
  return ended.flatMap((one) => {
    const { act, answer } = one;
    if (doneAfterAll(system, one)) {
      return [`what was answered is true: ${one.correlationId} was called off, and done`];
    }
    if (answer.isErr() || answer.value.outcome === 'requires_action') return [];
    const { outcome, payment } = answer.value;
    const happened = (store.histories.get(payment.id) ?? []).some(({ event }) =>
      isWhat(act, event),
    );
    const excused = isGone(store, payment) || mayStayUndone(store, act, payment);
    if (happened || (outcome === 'processing' && excused)) return [];
    return [`what was answered is true: ${act.do} "${outcome}", ${payment.id} ${payment.status}`];
  });
}

/** Withdrawn, as the call turned out not to have been made; another may have its id by now. */
function isGone(store: MemoryStore, { id, correlationId }: Payment): boolean {
  return store.payments().every((now) => now.id !== id || now.correlationId !== correlationId);
}

/** What was accepted ends otherwise only when the bank, Stripe or somebody there said no. */
function mayStayUndone(store: MemoryStore, act: Act, { id }: Payment): boolean {
  const now = store.payments().find((payment) => payment.id === id);
  const refused = store.journal(id).some(({ outcome }) => outcome !== 'done' && outcome !== null);
  return act.do === 'authorize' || now?.status === 'FAILED' || now?.review !== null || refused;
}

function isWhat(act: Act, event: PaymentEvent): boolean {
  if (act.do === 'authorize') return event.type === 'authorized';
  if (act.do === 'revert') return event.type === 'reverted';
  return (
    act.do === 'release' && event.type === 'released' && event.runnerId === `runner-${act.runner}`
  );
}

function gatewayTrouble(call: GatewayCallName, random: () => number): GatewayTrouble {
  const troubles: readonly GatewayTrouble[] = [
    { type: 'unreachable' },
    { type: 'unanswered' },
    { type: 'answer_lost' },
    { type: 'answer_lost' },
    { type: 'late', afterMs: Math.floor(random() * 60_000) },
    { type: 'answer_lost', afterMs: Math.floor(random() * 60_000) },
    { type: 'remembered', executed: random() < 0.5 },
    { type: 'remembered', executed: random() < 0.5, afterMs: Math.floor(random() * 60_000) },
    call === 'authorize' ? { type: 'decline' } : { type: 'refuse', detail: 'account_frozen' },
    call === 'authorize' ? { type: 'require_action' } : { type: 'unanswered' },
  ];
  return troubles[Math.floor(random() * troubles.length)] ?? { type: 'unreachable' };
}

function storeTrouble(random: () => number): StoreTrouble {
  return random() < 0.5 ? 'refused' : 'answer_lost';
}

/** A small seeded random generator (mulberry32), so that a failing run can be run again. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
