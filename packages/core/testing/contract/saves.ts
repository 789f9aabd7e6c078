import {
  announce,
  apply,
  type Change,
  type Payment,
  type PaymentRepository,
} from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked, authorized, closes, learned, opens } from '../samples.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { claimed, MANY, saveAll, saveHold } from './steps.js';

/** The revision guard, the history and the outbox. */
export function describeSaves(ports: () => Promise<ContractPorts>): void {
  describe('saving a change', () => {
    it(`lets one of ${MANY} writers at one revision through`, async () => {
      const { repository } = await ports();
      const payment = await claimed(repository, asked());
      const saves = await Promise.all(
        Array.from({ length: MANY }, (_, writer) => repository.save(flagged(payment, writer))),
      );
      const ends = saves.map((one) => got(one));
      expect(ends.filter((end) => end === 'saved')).toHaveLength(1);
      expect(ends.filter((end) => end === 'stale')).toHaveLength(MANY - 1);
      const reason = `writer ${ends.indexOf('saved')}`;
      expect(await read(repository, payment)).toMatchObject({ review: reason, revision: 2 });
      expect(await eventsOf(repository, payment)).toEqual([{ type: 'review_needed', reason }]);
    });

    it('writes nothing of a change that is stale', async () => {
      const { repository, announcements } = await ports();
      const payment = await claimed(repository, asked());
      const current = await saveAll(repository, payment, [() => [flag('first')]]);
      const late = await repository.save(flagged(payment, 2));
      expect(got(late)).toBe('stale');
      expect(await read(repository, payment)).toEqual(current);
      expect(await eventsOf(repository, payment)).toEqual([flag('first')]);
      const told = await announcements?.();
      expect(told?.filter((one) => one.paymentId === payment.id).length ?? 1).toBe(1);
    });

    it('writes nothing where the payment owes another call than was read', async () => {
      const { repository, announcements } = await ports();
      const payment = await claimed(repository, asked());
      for (const expectedOperationKey of ['another', null]) {
        const late = await repository.save({ ...flagged(payment, 1), expectedOperationKey });
        expect(got(late)).toBe('stale');
      }
      expect(await read(repository, payment)).toEqual(payment);
      expect(await eventsOf(repository, payment)).toEqual([]);
      const told = (await announcements?.()) ?? [];
      expect(told.filter((one) => one.paymentId === payment.id)).toEqual([]);
    });

    it('closes one operation and opens the next in one write', async () => {
      const { repository } = await ports();
      const payment = await saveHold(repository);
      const capture = opens({ kind: 'capture', params: { runnerId: 'one' } });
      const again = opens({ kind: 'capture', params: { runnerId: 'two' } });
      const current = await saveAll(repository, payment, [
        () => [capture],
        (it) => [closes(it, 'refused', 'lock_timeout'), again],
        (it) => [closes(it), { type: 'released', runnerId: 'two', receivedMinor: 2098 }],
      ]);
      expect(current).toMatchObject({ status: 'RELEASED', operation: null });
    });

    it('takes the same webhook twice, noted or saved, at once or later', async () => {
      const { repository, inbox } = await ports();
      const payment = await claimed(repository, asked());
      const webhook = { id: `evt-${payment.id}`, type: 'payment_intent.succeeded' };
      const note = { ...webhook, paymentId: payment.id };
      const notes = await Promise.all([inbox.note(note), inbox.note(note), inbox.note(note)]);
      expect(notes.every((one) => one.isOk())).toBe(true);
      const saved = await repository.save(flagged(payment, 1), webhook);
      expect(got(saved)).toBe('saved');
      expect((await inbox.note({ ...note, paymentId: null })).isOk()).toBe(true);
    });
  });

  describeInbox(ports);
  describeHistory(ports);
}

function describeInbox(ports: () => Promise<ContractPorts>): void {
  describe('the inbox', () => {
    it('has seen what was noted or saved, and nothing else', async () => {
      const { repository, inbox } = await ports();
      const payment = await claimed(repository, asked());
      const [noted, saved, stale] = ['noted', 'saved', 'stale'].map(
        (it) => `evt-${it}-${payment.id}`,
      );
      const seen = async () => {
        const all = await Promise.all([noted, saved, stale].map((id) => inbox.seen(id ?? '')));
        return all.map((one) => got(one));
      };
      expect(await seen()).toEqual([false, false, false]);
      const type = 'payment_intent.succeeded';
      got(await inbox.note({ id: noted ?? '', type, paymentId: null }));
      got(await repository.save(flagged(payment, 1), { id: saved ?? '', type }));
      got(await repository.save(flagged(payment, 2), { id: stale ?? '', type }));
      expect(await seen()).toEqual([true, true, false]);
    });
  });
}

function describeHistory(ports: () => Promise<ContractPorts>): void {
  describe('the history', () => {
    it('numbers the events of all writes without gaps and tells them in order', async () => {
      const { repository } = await ports();
      const payment = await claimed(repository, asked());
      const writes = tellingWrites(payment);
      await saveAll(repository, payment, writes);
      const entries = got(await repository.history(payment.id));
      expect(entries.map(({ version, event }) => [version, event.type])).toEqual([
        [1, 'authorized'],
        [2, 'review_needed'],
        [3, 'review_needed'],
        [4, 'released'],
      ]);
      expect(entries.map(({ correlationId }) => correlationId)).toEqual([
        ...Array(3).fill(payment.correlationId),
        'release',
      ]);
      const times = entries.map(({ at }) => at.getTime() - payment.createdAt.getTime());
      expect(times).toEqual([1001, 1001, 2002, 4004]);
    });

    it('of a payment nobody has is empty', async () => {
      const { repository } = await ports();
      expect(got(await repository.history(asked().id))).toEqual([]);
    });
  });

  describe('the outbox', () => {
    it('is told every event with the write that recorded it', async (context) => {
      const { repository, announcements } = await ports();
      if (announcements === undefined) return context.skip('this store does not show its outbox');
      const payment = await claimed(repository, asked());
      const changes: Change[] = [];
      let current = payment;
      for (const write of tellingWrites(payment)) {
        const change = apply(current, write(current), new Date(current.updatedAt.getTime() + 1001));
        got(await repository.save(change));
        changes.push(change);
        current = change.payment;
      }
      const all = await announcements();
      const expected = changes.flatMap((change) =>
        change.events.map((event) => announce(event, change.payment.updatedAt)),
      );
      const told = all.filter((one) => one.paymentId === payment.id);
      expect(told).toEqual(JSON.parse(JSON.stringify(expected)));
    });
  });
}

/** Four writes with four events, the third of them silent. */
function tellingWrites(payment: Payment) {
  const capture = { kind: 'capture', params: { runnerId: 'runner' } } as const;
  return [
    (it: Payment) => [closes(it), learned(payment), authorized(payment), flag('look: 日本語 "€"')],
    () => [flag('look again')],
    () => [opens(capture, { correlationId: 'release' })],
    (it: Payment) => [
      closes(it),
      { type: 'released', runnerId: 'runner', receivedMinor: 2098 } as const,
    ],
  ];
}

function flag(reason: string) {
  return { type: 'review_needed', reason } as const;
}

function flagged(payment: Payment, writer: number): Change {
  return apply(payment, [flag(`writer ${writer}`)], payment.updatedAt);
}

async function read(repository: PaymentRepository, { id }: Payment): Promise<Payment | null> {
  return got(await repository.find({ paymentId: id }));
}

async function eventsOf(repository: PaymentRepository, { id }: Payment) {
  const entries = got(await repository.history(id));
  return entries.map(({ event }) => event);
}
