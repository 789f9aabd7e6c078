import {
  apply,
  KEY_LIFETIME_MS,
  type Operation,
  type Payment,
  type Reply,
  type Step,
} from '@campusg-pay/core';
import {
  answerJudge,
  type CommandRow,
  callJudge,
  leaseJudge,
  type MemoryStore,
  memorySystem,
  VIRTUAL_START,
  viewOfCommand,
} from '@campusg-pay/core/testing';
import { err, ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';

// Every rule of the simulator's judge has been broken here: a rule that can't be judges nothing.

const LEASE_MS = 30_000;
const START = VIRTUAL_START.getTime();
const release = {
  payment: { orderId: 'order-1' },
  runnerId: 'runner-1',
  correlationId: 'release-1',
};
const rules = (found: readonly string[]) => found.map((what) => what.split(': ')[0]);

/** A payment whose authorize is under way, and one that has been released. */
async function payments() {
  const system = memorySystem();
  const { escrow, gateway, store, authorizing } = system;
  await escrow.authorize(authorizing());
  await escrow.release(release);
  gateway.befall('authorize', { type: 'unanswered' });
  const asked = authorizing({ orderId: 'order-2', correlationId: 'authorize-2' });
  const { payment } = (await escrow.authorize(asked))._unsafeUnwrap();
  return { ...system, store, owing: payment };
}

const GIVEN = new Map([
  ['authorize-1', 'authorize'],
  ['release-1', 'release'],
] as const);

describe('what answers a command', () => {
  it('names an id under which that very command was given', async () => {
    const { store } = await payments();
    expect(answerJudge(store, GIVEN).fresh()).toEqual([]);
    const others = new Map([...GIVEN, ['release-1', 'revert'] as const]);
    expect(answerJudge(store, others).fresh()).toEqual([
      expect.stringMatching(
        /^what answers names .* answers "release" to release-1, who asked revert/,
      ),
    ]);
    const none = new Map([['authorize-1', 'authorize'] as const]);
    expect(answerJudge(store, none).fresh()).toEqual([
      expect.stringContaining('who asked nothing'),
    ]);
  });

  it('comes once, whichever payment it is of', async () => {
    const { store } = await payments();
    const told = store.outbox.flatMap((one) => [
      one,
      { ...one, paymentId: 'other', id: 'other:1' },
    ]);
    const found = answerJudge({ ...store, outbox: told }, GIVEN).fresh();
    expect(rules(found)).toEqual(
      Array(2).fill('a command is answered once, whichever payment answers it'),
    );
  });

  it('comes by an event or a reply, and not by both', async () => {
    const { store } = await payments();
    const reply = { type: 'released', payment: {} } as unknown as Reply['reply'];
    const told = { correlationId: 'release-1', command: 'release_payment', reply } as const;
    const messages = { rows: () => [], replies: [{ ...told, id: 'id', at: 'now' }] };
    expect(answerJudge(store, GIVEN, messages).fresh()).toEqual([
      expect.stringMatching(/^a command is answered once.* \(released\) and by a reply/),
    ]);
  });

  it('comes for every message, and the failure says what that waits for', async () => {
    const { store } = await payments();
    const row = { correlationId: 'r', type: 'release_payment', state: 'waiting' } as CommandRow;
    const judge = answerJudge(store, GIVEN, { rows: () => [row], replies: [] });
    judge.fresh();
    expect(judge.untold()).toEqual([
      expect.stringContaining('r waits for any answer to its release_payment, which is waiting'),
    ]);
  });

  it('comes where the call was done, and the failure says who waits for what', async () => {
    const { store } = await payments();
    const judge = answerJudge(store, GIVEN);
    judge.fresh();
    expect(judge.untold()).toEqual([]);
    const silent: MemoryStore = { ...store, outbox: [] };
    expect(answerJudge(silent, GIVEN).untold()).toEqual([
      expect.stringContaining('release-1 waits for an event of the capture of'),
    ]);
  });
});

describe('a call on record', () => {
  it('names the command that asked for it', async () => {
    const { store } = await payments();
    const others = new Map([...GIVEN, ['release-1', 'revert'] as const]);
    expect(answerJudge(store, others).untold()).toEqual([
      expect.stringMatching(/^a call is on record under .* capture of .* who asked revert/),
    ]);
  });
});

describe('a lease', () => {
  const step = (leaseUntil: number, attempts: number): Step => ({
    type: 'operation_leased',
    leaseUntil: new Date(leaseUntil),
    attempts,
  });
  const rest = (until: number): Step => ({ type: 'operation_rests', until: new Date(until) });

  /** What the judge says of some steps, each taken at a time by somebody. */
  async function judged(...steps: readonly (readonly [at: number, by: string, Step])[]) {
    const { owing } = await payments();
    const leases = leaseJudge(LEASE_MS, () => false);
    const held = { leaseUntil: new Date(START + LEASE_MS), resting: false };
    const operation = { ...owing.operation, ...held } as Operation;
    let payment = { ...owing, operation, updatedAt: VIRTUAL_START } as Payment;
    const found = [...leases.look([payment], START, 'first')];
    for (const [at, by, one] of steps) {
      payment = apply(payment, [one], new Date(at)).payment;
      found.push(...leases.look([payment], at, by));
    }
    return rules(found);
  }
  const end = START + LEASE_MS;

  it('is taken once the one before is over, or let go of, or by who held it', async () => {
    const early = step(end - 1 + LEASE_MS, 2);
    expect(await judged([end, 'second', step(end + LEASE_MS, 2)])).toEqual([]);
    expect(await judged([end - 1, 'first', early])).toEqual([]);
    expect(await judged([START, 'first', rest(START + 1000)], [end - 1, 'second', early])).toEqual(
      [],
    );
    expect(await judged([end - 1, 'second', early])).toEqual([
      'a lease is taken once the one before is over or let go of',
    ]);
  });

  it.each([
    ['shorter', step(end + LEASE_MS - 1, 2)],
    ['longer', step(end + LEASE_MS + 1, 2)],
    ['counted from when it was opened', step(START + LEASE_MS, 2)],
    ['with a try that was not counted', step(end + LEASE_MS, 3)],
  ])('is found where it is %s', async (_, one) => {
    expect(await judged([end, 'second', one])).toEqual([
      'a lease is counted from the moment of the decision',
    ]);
  });

  it('is not given anew in passing', async () => {
    expect(await judged([START, 'first', step(end + 1, 1)])).toEqual([
      'a lease is given to nobody in passing',
    ]);
  });

  it.each([
    [749, false],
    [750, true],
    [37_500, true],
    [37_501, false],
  ])('that is let go of for %i ms at first is right: %s', async (ms, isRight) => {
    const found = await judged([START, 'first', rest(START + ms)]);
    expect(found).toEqual(isRight ? [] : ['a look at what rests is due when it should be']);
  });
});

describe('a call', () => {
  async function sent(
    change: (operation: Operation) => Partial<Operation>,
    { onRecord = {}, now = START }: { onRecord?: Partial<Operation>; now?: number } = {},
  ) {
    const { owing } = await payments();
    const { operation } = owing;
    if (operation === null) throw new Error('nothing is owed');
    const held = { ...operation, resting: false, leaseUntil: new Date(START + LEASE_MS) };
    const recorded = { ...owing, operation: { ...held, ...onRecord } } as Payment;
    const calls = callJudge(
      () => recorded,
      () => false,
    );
    const call = { payment: owing, operation: { ...held, ...change(held) } as Operation };
    return [calls, call, rules(calls.look(call, 'first', now))] as const;
  }

  it('is sent once an attempt', async () => {
    const [calls, call, found] = await sent(() => ({}));
    expect(found).toEqual([]);
    expect(rules(calls.look(call, 'second', START))).toEqual([
      'each attempt of a call is sent once',
    ]);
  });

  it('for a hold is not sent once Stripe may have forgotten its key', async () => {
    const late = { now: START + KEY_LIFETIME_MS };
    const opened = { openedAt: VIRTUAL_START };
    expect((await sent(() => opened, late))[2]).toEqual([
      'nothing that moves money is asked for under a key that Stripe may have forgotten',
    ]);
    const inTime = { now: START + KEY_LIFETIME_MS - 1 };
    expect((await sent(() => opened, inTime))[2]).toEqual([]);
    expect((await sent(() => ({ ...opened, kind: 'void' }), late))[2]).toEqual([]);
  });

  it('is sent by whoever holds the lease, as long as it lasts', async () => {
    const HOLDER = ['a call is sent by whoever holds its lease'];
    expect((await sent(() => ({}), { onRecord: { attempts: 2 } }))[2]).toEqual(HOLDER);
    expect((await sent(() => ({}), { onRecord: { resting: true } }))[2]).toEqual(HOLDER);
    const over = { onRecord: { attempts: 2 }, now: START + LEASE_MS };
    expect((await sent(() => ({}), over))[2]).toEqual([]);
    expect((await sent(() => ({}), { onRecord: { key: 'another' } }))[2]).toEqual([]);
  });
});

describe('an answer', () => {
  const AGAIN = ['who was overtaken looks again before they answer'];
  const answerOf = (payment: Payment) => ok({ outcome: 'processing', payment } as const);

  it('is given after another look by whoever was overtaken', async () => {
    const { store, owing } = await payments();
    const view = viewOfCommand();
    const seen = view.of({ ...store.repository, save: async () => ok('stale') });
    await seen.save(apply(owing, [], VIRTUAL_START));
    expect(rules(view.wrong('c', answerOf(owing), true))).toEqual(AGAIN);
    expect(view.wrong('c', answerOf(owing), false)).toEqual([]);
    expect(view.wrong('c', err('a fault'), true)).toEqual([]);
    await seen.find({ paymentId: owing.id });
    expect(view.wrong('c', answerOf(owing), true)).toEqual([]);
  });

  it('is no older than what was read for it', async () => {
    const { store, owing } = await payments();
    const view = viewOfCommand();
    await view.of(store.repository).find({ paymentId: owing.id });
    const older = { ...owing, revision: owing.revision - 1 };
    expect(rules(view.wrong('c', answerOf(older), true))).toEqual([
      'an answer is no older than what was read for it',
    ]);
    const another = { ...older, correlationId: 'the one before' };
    expect(view.wrong('c', answerOf(another), true)).toEqual([]);
  });
});
