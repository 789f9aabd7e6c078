import {
  type CommandStore,
  createCommands,
  type ParsedCommand,
  type ReplyWording,
} from '@campusg-pay/core';
import { CARDS, memoryCommands, memorySystem, until } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';

const LEASE_MS = 120_000;
const SECOND_MS = 1_000;
const order = { orderId: 'order-1' };
const wording: ReplyWording = {
  refusal: ({ type }) => {
    return { error: type, message: type, stripeCode: null, declineCode: null, issues: null };
  },
  invalid: () => ({ error: 'invalid', message: 'invalid' }),
};

/** The commands of some replicas, over one store in memory. */
function messaging(options: Parameters<typeof memorySystem>[0] = {}) {
  const system = memorySystem(options);
  const { escrow, store, clock, ports } = system;
  const kept = memoryCommands(store);
  const replica = (change: Partial<CommandStore> = {}) =>
    createCommands({
      escrow,
      clock,
      store: { ...kept, ...change },
      newId: ports.newId,
      scheduler: { random: () => 0.5 },
      digest: (text) => text,
      wording,
      leaseMs: LEASE_MS,
      onReply: () => {},
      onAccepted: () => {},
    });
  /** Whatever answers a command: events and replies. */
  const answers = (correlationId: string) => [
    ...store.outbox
      .filter((one) => one.correlationId === correlationId && one.answers !== null)
      .map(({ event }) => `event ${event.type}`),
    ...kept.replies
      .filter((one) => one.correlationId === correlationId)
      .map(({ reply }) => `reply ${reply.type}`),
  ];
  const authorize = (correlationId = 'a'): ParsedCommand => ({
    type: 'authorize_payment',
    command: system.authorizing({ correlationId, paymentId: 'p1', onceOnly: true }),
  });
  return { ...system, kept, replica, answers, authorize };
}

const release = (correlationId = 'r'): ParsedCommand => ({
  type: 'release_payment',
  command: { payment: order, runnerId: 'runner-1', correlationId },
});
const revert = (correlationId = 'v'): ParsedCommand => ({
  type: 'revert_payment',
  command: { payment: order, reason: null, correlationId },
});

describe('a command that is delivered', () => {
  it('is answered once by its event, and a repeat under another id once by a reply', async () => {
    const { replica, answers, authorize } = messaging();
    const commands = replica();
    for (const one of [authorize(), release(), release(), release('again'), release('again')]) {
      expect((await commands.take(one, 'holder'))._unsafeUnwrap()).toBe('answered');
    }
    expect(answers('a')).toEqual(['event authorized']);
    expect(answers('r')).toEqual(['event released']);
    expect(answers('again')).toEqual(['reply released']);
  });

  it('is ended by its event, and not by a reply that the store has to drop', async () => {
    const { replica, authorize, kept } = messaging();
    const endings: unknown[] = [];
    const commands = replica({
      end: (command, ending, by) => {
        endings.push(ending);
        return kept.end(command, ending, by);
      },
    });
    await commands.take(authorize(), 'holder');
    await commands.take(release(), 'holder');
    expect(endings).toEqual(Array(2).fill({ state: 'answered', reply: null }));
  });

  it('and whose event comes between looking and ending is answered once', async () => {
    const { replica, answers, authorize } = messaging();
    await replica().take(authorize(), 'holder');
    const looksTooEarly = replica({
      published: async () => ok({ byEvent: false, reverted: false }),
    });
    await looksTooEarly.take(release(), 'holder');
    expect(answers('r')).toEqual(['event released']);
  });
});

describe('a replica that slept past its lease on a command', () => {
  it('neither answers nor says that it did, where another has answered meanwhile', async () => {
    const { replica, answers, authorize, kept, clock } = messaging({ autoAdvance: false });
    await replica().take(authorize(), 'holder');
    await replica().take(release('first'), 'holder');
    let wake = () => {};
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    let isAsleep = false;
    const sleeper = replica({
      end: async (...ending) => {
        isAsleep = true;
        await asleep;
        return kept.end(...ending);
      },
    });
    const taken = sleeper.take(release('again'), 'sleeper');
    await until(() => isAsleep);
    await clock.advance(LEASE_MS - 1);
    expect((await replica().lookAgain(10))._unsafeUnwrap().taken).toBe(0);
    await clock.advance(1);
    expect((await replica().lookAgain(10))._unsafeUnwrap().taken).toBe(1);
    expect(answers('again')).toEqual(['reply released']);
    wake();
    expect((await taken)._unsafeUnwrap()).toBe('waiting');
    expect(answers('again')).toEqual(['reply released']);
  });
});

describe('a command that waits', () => {
  /** A release whose capture is in doubt, and what is known of the command. */
  async function waiting() {
    const system = messaging({ autoAdvance: false });
    const { replica, authorize, gateway, kept } = system;
    await replica().take(authorize(), 'holder');
    gateway.befall('capture', { type: 'unanswered' });
    gateway.befall('retrieve', ...Array(3).fill({ type: 'unanswered' }));
    expect((await replica().take(release(), 'holder'))._unsafeUnwrap()).toBe('waiting');
    const row = () => kept.rows().find(({ correlationId }) => correlationId === 'r');
    return { ...system, row };
  }

  it('is looked at again after a second, then after two, four and eight, and at once by nobody', async () => {
    const { replica, clock, row, answers } = await waiting();
    const rests: number[] = [];
    for (let look = 0; look < 4; look += 1) {
      const restMs = Number(row()?.dueAt) - clock.now().getTime();
      rests.push(restMs);
      await clock.advance(restMs - 1);
      expect((await replica().lookAgain(10))._unsafeUnwrap().taken).toBe(0);
      await clock.advance(1);
      expect((await replica().lookAgain(10))._unsafeUnwrap().taken).toBe(1);
    }
    expect(rests).toEqual([1, 2, 4, 8].map((seconds) => seconds * SECOND_MS));
    expect(answers('r')).toEqual([]);
  });

  it('is answered by the event once recovery has found the truth', async () => {
    const { replica, clock, escrow, answers, row } = await waiting();
    for (let second = 0; second < 60; second += 1) {
      await clock.advance(SECOND_MS);
      await escrow.resume(10);
      await replica().lookAgain(10);
    }
    expect(answers('r')).toEqual(['event released']);
    expect(row()?.state).toBe('answered');
  });
});

describe('trouble with a command', () => {
  it('leaves it to its holder, and to others only once its time is over', async () => {
    const { replica, authorize, gateway, answers, clock } = messaging({ autoAdvance: false });
    gateway.befall('authorize', { type: 'unreachable' });
    expect((await replica().take(authorize(), 'holder')).isErr()).toBe(true);
    expect((await replica().take(authorize(), 'another'))._unsafeUnwrap()).toBe('waiting');
    expect((await replica().take(authorize(), 'holder'))._unsafeUnwrap()).toBe('answered');
    gateway.befall('void', { type: 'unreachable' });
    expect((await replica().take(revert(), 'holder')).isErr()).toBe(true);
    await clock.advance(LEASE_MS);
    expect((await replica().lookAgain(10))._unsafeUnwrap()).toEqual({ taken: 1, troubles: [] });
    expect(answers('a')).toEqual(['event authorized']);
    expect(answers('v')).toEqual(['event reverted']);
  });

  it('in the background rests as long as any other look, and holds up none of the others', async () => {
    const { replica, kept, authorize, gateway, answers, clock } = messaging({ autoAdvance: false });
    await replica().take(authorize(), 'holder');
    gateway.befall('void', { type: 'unreachable' }, { type: 'unreachable' });
    expect((await replica().accept(revert()))._unsafeUnwrap()).toBe('waiting');
    const again = {
      ...release('nobody'),
      command: { ...release().command, correlationId: 'nobody' },
    };
    const unknown = { ...again, command: { ...again.command, payment: { orderId: 'none' } } };
    const lease = { holder: 'gone', now: clock.now(), until: clock.now() };
    const known = { correlationId: 'nobody', type: 'release_payment', orderId: 'none' } as const;
    const asked = unknown as ParsedCommand;
    await kept.note({ ...known, paymentId: null, fingerprint: 'nobody', asked }, lease);
    const looked = (await replica().lookAgain(10))._unsafeUnwrap();
    expect(looked).toMatchObject({ taken: 2, troubles: [{ command: { correlationId: 'v' } }] });
    expect(answers('nobody')).toEqual(['reply refused']);
    await clock.advance(2 * SECOND_MS - 1);
    expect((await replica().lookAgain(10))._unsafeUnwrap().taken).toBe(0);
    await clock.advance(1);
    expect((await replica().lookAgain(10))._unsafeUnwrap().taken).toBe(1);
  });
});

describe('a command that is to be carried out in the background', () => {
  const fault = (result: { _unsafeUnwrapErr(): { readonly type: string } }) =>
    result._unsafeUnwrapErr().type;

  it('is refused at once, and not written down, where the rules say no', async () => {
    const { replica, kept, authorize, answers } = messaging();
    expect(fault(await replica().accept(release()))).toBe('PaymentNotFound');
    expect(fault(await replica().accept(revert()))).toBe('PaymentNotFound');
    await replica().take(authorize(), 'holder');
    await replica().take(release('first'), 'holder');
    const another: ParsedCommand = {
      type: 'release_payment',
      command: { payment: order, runnerId: 'runner-2', correlationId: 'other' },
    };
    expect(fault(await replica().accept(another))).toBe('Contradiction');
    await replica().take(revert('back'), 'holder');
    expect(fault(await replica().accept(release('late')))).toBe('WrongStatus');
    expect(kept.rows().map(({ correlationId }) => correlationId)).toEqual(['a', 'first', 'back']);
    for (const saga of ['r', 'v', 'other', 'late']) expect(answers(saga)).toEqual([]);
  });

  it('that was accepted before is accepted again, whatever became of the payment', async () => {
    const { replica, authorize, answers } = messaging();
    await replica().take(authorize(), 'holder');
    expect((await replica().accept(release()))._unsafeUnwrap()).toBe('waiting');
    await replica().lookAgain(10);
    await replica().take(revert(), 'holder');
    expect((await replica().accept(release()))._unsafeUnwrap()).toBe('answered');
    const another: ParsedCommand = {
      type: 'release_payment',
      command: { payment: order, runnerId: 'runner-2', correlationId: 'r' },
    };
    expect((await replica().accept(another))._unsafeUnwrap()).toBe('used_otherwise');
    expect(answers('r')).toEqual(['event released']);
  });

  it('waits for what is under way instead of being refused for it', async () => {
    const { replica, authorize, gateway } = messaging({ autoAdvance: false });
    await replica().take(authorize(), 'holder');
    gateway.befall('void', { type: 'answer_lost' });
    await replica().take(revert(), 'holder');
    expect((await replica().accept(release()))._unsafeUnwrap()).toBe('waiting');
  });
});

describe('commands of one saga under one correlation id', () => {
  it('get one answer each, whatever answers the others', async () => {
    const { replica, answers, authorize } = messaging();
    const commands = replica();
    await commands.take(authorize('saga'), 'holder');
    await commands.take(release('saga'), 'holder');
    await commands.take(revert('saga'), 'holder');
    expect(answers('saga')).toEqual(['event authorized', 'event released', 'event reverted']);
    await commands.take(revert('later'), 'holder');
    expect(answers('later')).toEqual(['reply reverted']);
  });
});

describe('an authorize that waits for its customer and is canceled', () => {
  it.each([
    ['by its own saga hears so once, by the event', 'saga', ['event reverted']],
    ['by another hears so by a reply', 'other', ['reply reverted']],
  ])('%s', async (_, by, heard) => {
    const { replica, answers, authorize, clock } = messaging({ autoAdvance: false });
    const asked = authorize('saga');
    const challenged = { ...asked.command, paymentMethodId: CARDS.needsAuthentication };
    const commands = replica();
    await commands.take({ ...asked, command: challenged } as ParsedCommand, 'holder');
    await commands.take(revert(by), 'holder');
    await clock.advance(60 * SECOND_MS);
    await commands.lookAgain(10);
    expect(answers('saga')).toEqual(heard);
  });
});

describe('a revert that waits for a bank', () => {
  /** Of a payment that was released; its refund waits. */
  async function waiting() {
    const system = messaging();
    const commands = system.replica();
    await commands.take(system.authorize(), 'holder');
    await commands.take(release(), 'holder');
    system.gateway.dashboard.delayRefunds('pi_1');
    expect((await commands.take(revert(), 'holder'))._unsafeUnwrap()).toBe('waiting');
    const lookAgain = async () => {
      await system.clock.advance(60 * SECOND_MS);
      (await commands.lookAgain(10))._unsafeUnwrap();
    };
    await lookAgain();
    expect(system.answers('v')).toEqual([]);
    return { ...system, lookAgain };
  }

  it('is answered by its event once the bank agrees', async () => {
    const { gateway, deliver, lookAgain, answers } = await waiting();
    gateway.dashboard.endRefund('pi_1', 'succeeded');
    await deliver();
    await lookAgain();
    expect(answers('v')).toEqual(['event reverted']);
  });

  it('is answered by a refusal where the refund came to nothing, and makes no other', async () => {
    const { gateway, deliver, lookAgain, answers, kept } = await waiting();
    gateway.dashboard.endRefund('pi_1', 'failed');
    await deliver();
    await lookAgain();
    await lookAgain();
    expect(answers('v')).toEqual(['reply refused']);
    expect(kept.replies.at(-1)?.reply).toMatchObject({ error: 'NeedsReview' });
    expect(gateway.intents()).toMatchObject([{ refunds: 1 }]);
  });
});
