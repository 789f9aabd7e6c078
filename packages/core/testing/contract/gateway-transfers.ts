import type { GatewayReply, Payment, ReversalOutcome, TransferOutcome } from '@campusg-pay/core';
import { describe, expect, it, type TestContext } from 'vitest';
import { INSTALLATION } from '../system.js';
import { capturing } from './gateway-parts.js';
import { got } from './outcome.js';
import { callFor, type GatewaySetup, intentIn, till } from './till.js';

const { id: installation } = INSTALLATION;

/** A till with connected accounts, and a payment that was taken for a runner. */
export async function counterOf(setUp: () => Promise<GatewaySetup>, context: TestContext) {
  const setup = await setUp();
  const { accounts } = setup;
  if (accounts === undefined) return context.skip('needs connected accounts');
  const { gateway } = setup;
  const transferId = `transfer-${crypto.randomUUID()}`;
  const asks = till(setup).asking(setup.cards.good);
  const grouped = { ...asks, operation: withGroup(asks) } as Payment;
  const { payment } = await till(setup).call(grouped);
  const captured = got(await gateway.perform(callFor(payment, capturing(payment))));
  const { chargeId = null } = intentIn(captured);
  const sending = (amountMinor: number, stripeAccount = accounts.able) => {
    const params = { transferId, stripeAccount, amountMinor, chargeId };
    return callFor(payment, { kind: 'transfer', params });
  };
  const send = async (amountMinor: number, stripeAccount?: string) =>
    sentBy(got(await gateway.perform(sending(amountMinor, stripeAccount))));
  const takingBack = (stripeTransferId: string, amountMinor: number) =>
    callFor(payment, {
      kind: 'reversal',
      params: { transferId, stripeTransferId, amountMinor },
    });
  return { setup, gateway, accounts, payment, transferId, chargeId, sending, send, takingBack };
}

function withGroup({ id, operation }: Payment) {
  if (operation?.kind !== 'authorize') throw new Error('bug: it asks for a hold');
  return { ...operation, params: { ...operation.params, transferGroup: id } };
}

function sentBy({ report }: GatewayReply): TransferOutcome {
  if (report.type !== 'transfer') throw new Error(`no transfer: ${JSON.stringify(report)}`);
  return report.outcome;
}

function takenBackBy({ report }: GatewayReply): ReversalOutcome {
  if (report.type !== 'reversal') throw new Error(`no reversal: ${JSON.stringify(report)}`);
  return report.outcome;
}

export function idOf(outcome: TransferOutcome): string {
  if (outcome.type !== 'sent') throw new Error(`not sent: ${JSON.stringify(outcome)}`);
  return outcome.transfer.stripeTransferId;
}

/** Money on its way to runners, and back. */
export function describeGatewayTransfers(setUp: () => Promise<GatewaySetup>): void {
  describeTransfers(setUp);
  describeReversals(setUp);
  describeAccounts(setUp);
}

function describeTransfers(setUp: () => Promise<GatewaySetup>): void {
  describe('transfer', () => {
    it('sends that much of the charge to the account, once', async (context) => {
      const { gateway, accounts, payment, transferId, chargeId, sending } = await counterOf(
        setUp,
        context,
      );
      const call = sending(1500);
      const first = sentBy(got(await gateway.perform(call)));
      expect(first).toEqual({
        type: 'sent',
        transfer: {
          stripeTransferId: expect.any(String),
          installation,
          paymentId: payment.id,
          transferId,
          stripeAccount: accounts.able,
          amountMinor: 1500,
          currency: payment.amount.currency,
          reversedMinor: 0,
          chargeId,
        },
      });
      expect(chargeId).not.toBeNull();
      expect(sentBy(got(await gateway.perform(call)))).toEqual(first);
    });

    it('is found again by its names, and by no others', async (context) => {
      const { gateway, payment, transferId, send } = await counterOf(setUp, context);
      const wanted = { payment, transferId, installation };
      expect(got(await gateway.findTransfer(wanted))).toBeNull();
      const sent = await send(1500);
      expect(got(await gateway.findTransfer(wanted))).toEqual(
        sent.type === 'sent' ? sent.transfer : null,
      );
      const another = { ...payment, id: `not-${payment.id}` } as Payment;
      for (const other of [
        { payment: another },
        { transferId: `not-${transferId}` },
        { installation: 'inst_elsewhere' },
      ]) {
        expect(got(await gateway.findTransfer({ ...wanted, ...other }))).toBeNull();
      }
    });

    it('is found for a hold that named no group', async (context) => {
      const { gateway, setup, accounts } = await counterOf(setUp, context);
      const payment = await till(setup).hold();
      const captured = got(await gateway.perform(callFor(payment, capturing(payment))));
      const { chargeId = null } = intentIn(captured);
      const transferId = `transfer-${payment.id}`;
      const params = { transferId, stripeAccount: accounts.able, amountMinor: 700, chargeId };
      const sent = sentBy(
        got(await gateway.perform(callFor(payment, { kind: 'transfer', params }))),
      );
      const found = got(await gateway.findTransfer({ payment, transferId, installation }));
      expect(found?.stripeTransferId).toBe(idOf(sent));
    });

    it('is refused where the account takes none yet, or is not there', async (context) => {
      const { accounts, send } = await counterOf(setUp, context);
      const refused = { type: 'refused', detail: expect.any(String) };
      expect(await send(1500, accounts.unable)).toEqual({ ...refused, obstacle: 'account_unable' });
      expect(await send(1500, 'acct_thatNobodyHas')).toEqual({
        ...refused,
        obstacle: 'account_unknown',
      });
    });

    it('is refused where the charge does not pay for it', async (context) => {
      const { payment, send } = await counterOf(setUp, context);
      const { amountMinor } = payment.amount;
      const refused = { type: 'refused', obstacle: 'other' };
      expect(await send(amountMinor + 1)).toMatchObject(refused);
      expect(await send(amountMinor)).toMatchObject({ type: 'sent' });
      expect(await send(1)).toMatchObject(refused);
    });
  });
}

function describeReversals(setUp: () => Promise<GatewaySetup>): void {
  describe('reversal', () => {
    it('takes that much back, once', async (context) => {
      const { gateway, payment, transferId, send, takingBack } = await counterOf(setUp, context);
      const call = takingBack(idOf(await send(1500)), 600);
      const first = takenBackBy(got(await gateway.perform(call)));
      expect(first).toEqual({
        type: 'reversed',
        stripeReversalId: expect.any(String),
        amountMinor: 600,
      });
      expect(takenBackBy(got(await gateway.perform(call)))).toEqual(first);
      const found = got(await gateway.findTransfer({ payment, transferId, installation }));
      expect(found).toMatchObject({ amountMinor: 1500, reversedMinor: 600 });
    });

    it('is found again by its key, and by no other', async (context) => {
      const { gateway, send, takingBack } = await counterOf(setUp, context);
      const stripeTransferId = idOf(await send(1500));
      const call = takingBack(stripeTransferId, 600);
      const { key: operationKey } = call.operation;
      const find = async (key: string) =>
        got(await gateway.findReversal({ stripeTransferId, operationKey: key }));
      expect(await find(operationKey)).toBeNull();
      const made = takenBackBy(got(await gateway.perform(call)));
      got(await gateway.perform(takingBack(stripeTransferId, 100)));
      expect(await find(operationKey)).toEqual(made);
      expect(await find('another')).toBeNull();
      const nowhere = { stripeTransferId: 'tr_thatNobodyHas', operationKey };
      expect(got(await gateway.findReversal(nowhere))).toBeNull();
    });

    it('of more than the account has tells what it has', async (context) => {
      const { gateway, accounts, send, takingBack } = await counterOf(setUp, context);
      const stripeTransferId = idOf(await send(1500));
      await accounts.payOut(accounts.able);
      const detail = expect.stringContaining('balance_insufficient');
      const empty = takenBackBy(got(await gateway.perform(takingBack(stripeTransferId, 600))));
      expect(empty).toEqual({ type: 'short', availableMinor: 0, detail });
      await send(200);
      const short = takenBackBy(got(await gateway.perform(takingBack(stripeTransferId, 600))));
      expect(short).toEqual({ type: 'short', availableMinor: 200, detail });
      const part = takenBackBy(got(await gateway.perform(takingBack(stripeTransferId, 200))));
      expect(part).toMatchObject({ type: 'reversed', amountMinor: 200 });
    });

    it('of more than is left of the transfer, or of none, is refused', async (context) => {
      const { gateway, send, takingBack } = await counterOf(setUp, context);
      const stripeTransferId = idOf(await send(1500));
      got(await gateway.perform(takingBack(stripeTransferId, 1000)));
      for (const [id, amountMinor] of [
        [stripeTransferId, 501],
        ['tr_thatNobodyHas', 1],
      ] as const) {
        const outcome = takenBackBy(got(await gateway.perform(takingBack(id, amountMinor))));
        expect(outcome).toEqual({ type: 'refused', detail: expect.any(String) });
      }
    });
  });
}

function describeAccounts(setUp: () => Promise<GatewaySetup>): void {
  describe('a connected account', () => {
    it('tells whether it takes transfers', async (context) => {
      const { accounts, gateway } = await setUp();
      if (accounts === undefined) return context.skip('needs connected accounts');
      const { able, unable } = accounts;
      expect(got(await gateway.account(able))).toEqual({
        stripeAccount: able,
        transfersEnabled: true,
        reason: null,
      });
      expect(got(await gateway.account(unable))).toMatchObject({
        stripeAccount: unable,
        transfersEnabled: false,
      });
    });

    it('is null where there is none', async () => {
      const { gateway } = await setUp();
      expect(got(await gateway.account('acct_thatNobodyHas'))).toBeNull();
    });
  });
}
