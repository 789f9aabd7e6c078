import type { Payment, PaymentRepository, Step, Transfer } from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked, closes, opens, owedTransfer, released } from '../samples.js';
import { LONG_AGO } from './long-ago.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { saveAll, saveHold, saveOnto, saveRelease, type Write } from './steps.js';

/** The runner's share on its way to the runner. */
export function describeTransfers(ports: () => Promise<ContractPorts>): void {
  describe('the transfer of a payment', () => {
    it('comes back field for field, in every status', async () => {
      const { repository } = await ports();
      const { first, writes } = wayOf(owedTransfer({ amountMinor: 1998, stripeAccount: null }));
      const payment = await saveRelease(repository, first);
      const statuses: unknown[] = [];
      let current: Payment = payment;
      for (const write of writes) {
        current = await saveAll(repository, current, [write]);
        statuses.push('transfer' in current && current.transfer?.status);
      }
      expect(statuses).toEqual([
        'waiting_account',
        'waiting_funds',
        'paused',
        'needs_review',
        'owed',
        'sent',
        'reversed',
        'owed',
        'canceled',
      ]);
    });

    it('comes back in the history as it was, with its times', async () => {
      const { repository } = await ports();
      const { first, writes } = wayOf(owedTransfer({ nextTryAt: new Date(LONG_AGO + 123) }));
      const payment = await saveRelease(repository, first);
      const told: Step[] = [released(first)];
      await saveAll(
        repository,
        payment,
        writes.map((write) => (it) => {
          const steps = write(it);
          told.push(...steps.filter(({ type }) => /^transfer_(?!changed)|debt/.test(type)));
          return steps;
        }),
      );
      const history = got(await repository.history(payment.id));
      expect(history.map(({ event }) => event).slice(-told.length)).toEqual(told);
    });

    it('goes with whoever was named after the capture', async () => {
      const { repository } = await ports();
      const transfer = owedTransfer({ nextTryAt: new Date(LONG_AGO) });
      const terms = { dueMinor: null, tipMinor: 0, feeMinor: 7, transfer };
      const capture = opens({ kind: 'capture', params: { runnerId: null } });
      const named = { type: 'runner_named', runnerId: transfer.runnerId, terms } as const;
      const payment = await saveAll(repository, await saveHold(repository), [
        () => [capture],
        (it) => [closes(it), { type: 'released', runnerId: null, receivedMinor: 2098 }],
        () => [named],
      ]);
      expect(payment).toMatchObject({ dueMinor: null, feeMinor: 7, transfer });
      expect(got(await repository.history(payment.id)).at(-1)?.event).toEqual(named);
    });

    it('is the only one: another is refused, and nothing of it written', async () => {
      const { repository } = await ports();
      const payment = await saveRelease(repository, owedTransfer());
      const second = saveOnto(repository, payment, () => [changes(owedTransfer())]);
      await expect(second).rejects.toThrow();
      expect(got(await repository.find({ paymentId: payment.id }))).toEqual(payment);
    });
  });

  describeReversal(ports);
  describeShare(ports);
  describeDueTransfers(ports);
}

function describeReversal(ports: () => Promise<ContractPorts>): void {
  describe('the transfer of a payment', () => {
    it('is called back of a payment that is REVERTED', async () => {
      const { repository } = await ports();
      const stripeTransferId = `tr_${crypto.randomUUID()}`;
      const sent = owedTransfer({ status: 'sent', stripeTransferId });
      const params = { transferId: sent.transferId, stripeTransferId, amountMinor: 1000 };
      const reversal = opens({ kind: 'reversal', params });
      const back = { ...sent, status: 'reversed', reversedMinor: 1000 } as const;
      await saveAll(repository, await saveRelease(repository, sent), [
        () => [{ type: 'reverted', revertMethod: 'refunded', reason: null }, reversal],
        (it) => [closes(it), { type: 'transfer_reversed', transfer: back, amountMinor: 1000 }],
      ]);
    });
  });
}

function changes(transfer: Transfer): Step {
  return { type: 'transfer_changed', transfer };
}

/** A transfer through all that can become of it. */
function wayOf(first: Transfer): { readonly first: Transfer; readonly writes: readonly Write[] } {
  const stripeTransferId = `tr_${crypto.randomUUID()}`;
  const waits = (status: Transfer['status'], nextTryAt: Date | null) =>
    ({
      ...first,
      stripeAccount: 'acct_ü',
      chargeId: 'ch_1',
      status,
      reason: `${status}: "日本"`,
      tries: 3,
      nextTryAt,
    }) as const;
  const sent = { ...first, stripeAccount: 'acct_ü', status: 'sent', stripeTransferId } as const;
  const part = { ...sent, reversedMinor: 1, debtMinor: 2 };
  const back = { ...part, status: 'reversed', reversedMinor: first.amountMinor } as const;
  const soon = new Date('2026-03-04T05:06:07.089Z');
  const debt = { type: 'runner_debt', debtId: crypto.randomUUID(), amountMinor: 2 } as const;
  return {
    first,
    writes: [
      () => [{ type: 'transfer_waiting', transfer: waits('waiting_account', soon) }],
      () => [changes(waits('waiting_funds', soon))],
      () => [{ type: 'transfer_waiting', transfer: waits('paused', null) }],
      () => [{ type: 'transfer_waiting', transfer: waits('needs_review', null) }],
      () => [{ type: 'transfer_owed', transfer: waits('owed', soon) }],
      () => [
        { type: 'transfer_sent', transfer: sent, nettings: [] },
        { type: 'transfer_reversed', transfer: { ...sent, reversedMinor: 1 }, amountMinor: 1 },
        { ...debt, transfer: part },
      ],
      () => [{ type: 'transfer_reversed', transfer: back, amountMinor: back.amountMinor - 1 }],
      () => [{ type: 'transfer_owed', transfer: { ...back, status: 'owed' } }],
      () => [
        { type: 'transfer_waiting', transfer: { ...first, status: 'canceled', amountMinor: 0 } },
      ],
    ],
  };
}

/** Of 2098 that were taken, 100 are the platform's. */
function describeShare(ports: () => Promise<ContractPorts>): void {
  const sends = (transfer: Transfer, amountMinor: number): Step => {
    const { transferId, stripeAccount } = transfer;
    if (stripeAccount === null) throw new Error('nowhere to send it');
    return opens({
      kind: 'transfer',
      params: { transferId, stripeAccount, amountMinor, chargeId: null },
    });
  };

  describe('no call is written down that sends more than', () => {
    const limits: Readonly<
      Record<string, { readonly limit: number; readonly after: (transfer: Transfer) => Step[] }>
    > = {
      'was taken, less the fee': { limit: 1998, after: () => [] },
      'was taken, less the fee and what was given back': {
        limit: 1700,
        after: () => [{ type: 'refunded', amountMinor: 298, refundedMinor: 298 }],
      },
      'the share, less what was sent and has not come back': {
        limit: 1498,
        after: (transfer) => [changes(sentOf(transfer, { amountMinor: 600, reversedMinor: 100 }))],
      },
      'the share, less what is kept back for debts': {
        limit: 1898,
        after: (transfer) => [changes({ ...transfer, nettedMinor: 100 })],
      },
    };
    for (const [what, { limit, after }] of Object.entries(limits)) {
      it(what, async () => {
        const { repository } = await ports();
        const transfer = owedTransfer();
        const payment = await saveRelease(repository, transfer);
        const open = (amountMinor: number) =>
          saveOnto(repository, payment, () => [...after(transfer), sends(transfer, amountMinor)]);
        await expect(open(limit + 1)).rejects.toThrow();
        expect(got(await repository.find({ paymentId: payment.id }))).toEqual(payment);
        expect(got(await open(limit))).toBe('saved');
      });
    }

    it('was taken, in the write that takes it', async () => {
      const { repository } = await ports();
      const transfer = owedTransfer({ amountMinor: 1998 });
      const capture = opens({ kind: 'capture', params: { runnerId: null } });
      await saveAll(repository, await saveHold(repository), [
        () => [capture],
        (it) => [closes(it), released(transfer), sends(transfer, 1998)],
      ]);
    });
  });
}

function sentOf(transfer: Transfer, facts: Partial<Transfer>): Transfer {
  return { ...transfer, status: 'sent', stripeTransferId: `tr_${crypto.randomUUID()}`, ...facts };
}

function describeDueTransfers(ports: () => Promise<ContractPorts>): void {
  const at = (ms: number) => new Date(LONG_AGO + ms);
  const waiting = (ms: number, facts: Partial<Transfer> = {}) =>
    owedTransfer({ nextTryAt: at(ms), ...facts });
  const due = async (repository: PaymentRepository, ms: number, limit = 10_000) =>
    got(await repository.dueTransfers({ now: at(ms), limit }));

  describe('transfers that are to be tried', () => {
    it('are found once they are due, the longest due first', async () => {
      const { repository } = await ports();
      const late = await saveRelease(repository, waiting(2000, { status: 'waiting_funds' }));
      const early = await saveRelease(repository, waiting(1000, { status: 'waiting_account' }));
      const owed = await saveRelease(repository, waiting(1500));
      const review = await saveRelease(repository, waiting(1700, { status: 'needs_review' }));
      const ours = [early, owed, review, late].map(({ id }) => id);
      const found = async (ms: number) =>
        (await due(repository, ms)).filter(({ id }) => ours.includes(id));
      expect(await found(999)).toEqual([]);
      expect(await found(1000)).toEqual([early]);
      expect(await found(2000)).toEqual([early, owed, review, late]);
      const first = await due(repository, 2000, 1);
      expect(first).toHaveLength(1);
      expect(first).toEqual((await due(repository, 2000)).slice(0, 1));
    });

    it('are none that wait for somebody, are done, or whose payment owes a call or is over', async () => {
      const { repository } = await ports();
      const sent = { ...sentOf(owedTransfer(), {}), nextTryAt: at(1000) };
      const others = [
        await saveRelease(repository, owedTransfer()),
        await saveRelease(repository, waiting(1000, { status: 'paused' })),
        await saveRelease(repository, sent),
        await saveRelease(repository, waiting(1000, { status: 'canceled', amountMinor: 0 })),
        await saveAll(repository, await saveRelease(repository, waiting(1000)), [
          () => [opens({ kind: 'refund', params: { reason: null } })],
        ]),
        await saveAll(repository, await saveRelease(repository, waiting(1000)), [
          () => [{ type: 'reverted', revertMethod: 'refunded', reason: null }],
        ]),
        await saveHold(repository, asked()),
      ];
      const found = (await due(repository, 5000)).map(({ id }) => id);
      expect(others.filter(({ id }) => found.includes(id))).toEqual([]);
    });
  });
}
