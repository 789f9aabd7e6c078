import { memorySystem } from '@campusg-pay/core/testing';
import { describe, expect, it } from 'vitest';

/** Two orders of one runner, the first of which went to an account that gave all to its bank. */
async function owing() {
  const system = memorySystem();
  const { escrow, gateway, authorizing } = system;
  const stripeAccount = gateway.connect.makeAccount();
  const releasing = (orderId: string) => ({
    payment: { orderId },
    runnerId: 'runner-1',
    stripeAccount,
    platformFeeMinor: 98,
    correlationId: `release ${orderId}`,
  });
  const transferOf = async (orderId: string) => {
    const payment = (await escrow.find({ orderId }))._unsafeUnwrap();
    return 'transfer' in payment ? payment.transfer : null;
  };
  const debts = async () => (await escrow.runner('runner-1'))._unsafeUnwrap().debts;
  for (const orderId of ['order-1', 'order-2']) {
    await escrow.authorize(authorizing({ orderId, correlationId: `authorize ${orderId}` }));
  }
  await escrow.release(releasing('order-1'));
  gateway.connect.payOutAccount(stripeAccount);
  const payment = { orderId: 'order-1' };
  await escrow.revert({ payment, reason: null, correlationId: 'revert' });
  return { ...system, stripeAccount, releasing, transferOf, debts };
}

describe('what a runner could not give back', () => {
  it('is owed by them, and kept back of what they get next', async () => {
    const { escrow, gateway, releasing, transferOf, debts } = await owing();
    expect(await transferOf('order-1')).toMatchObject({ reversedMinor: 0, debtMinor: 2000 });
    expect(await debts()).toEqual([{ currency: 'USD', amountMinor: 2000 }]);
    await escrow.release(releasing('order-2'));
    expect(await transferOf('order-2')).toMatchObject({
      status: 'sent',
      amountMinor: 0,
      nettedMinor: 2000,
    });
    expect(await debts()).toEqual([]);
    expect(gateway.transfers()).toHaveLength(1);
  });

  it('is owed again where the transfer that paid it is not sent, and paid once in the end', async () => {
    const { escrow, gateway, clock, authorizing, releasing, transferOf, debts } = await owing();
    await escrow.authorize(authorizing({ orderId: 'order-3', correlationId: 'authorize order-3' }));
    const part = { amountMinor: 500, platformFeeMinor: 0 };
    // Less than is owed pays a part of it, and nothing is sent.
    await escrow.release({ ...releasing('order-3'), ...part });
    expect(await debts()).toEqual([{ currency: 'USD', amountMinor: 1500 }]);
    gateway.befall('transfer', { type: 'refuse', detail: 'balance_insufficient' });
    await escrow.release(releasing('order-2'));
    expect(await transferOf('order-2')).toMatchObject({
      status: 'waiting_funds',
      amountMinor: 2000,
      nettedMinor: 0,
    });
    expect(await debts()).toEqual([{ currency: 'USD', amountMinor: 1500 }]);
    await clock.advance(3_600_000);
    await escrow.sendDueTransfers(10);
    expect(await transferOf('order-2')).toMatchObject({
      status: 'sent',
      amountMinor: 500,
      nettedMinor: 1500,
    });
    expect(await debts()).toEqual([]);
  });
});

describe('a reversal', () => {
  it('is asked for only once the customer has theirs', async () => {
    const { escrow, gateway, authorizing, releasing, transferOf } = await owing();
    await escrow.authorize(authorizing({ orderId: 'order-3', correlationId: 'authorize order-3' }));
    await escrow.release({ ...releasing('order-3'), runnerId: 'runner-2' });
    gateway.dashboard.delayRefunds('pi_3');
    const payment = { orderId: 'order-3' };
    await escrow.revert({ payment, reason: null, correlationId: 'revert-3' });
    expect(await transferOf('order-3')).toMatchObject({ reversedMinor: 0, status: 'sent' });
    gateway.dashboard.endRefund('pi_3', 'succeeded');
    await escrow.report(gateway.webhooks.at(-1) ?? expect.fail('no webhook'));
    await escrow.resume(10);
    expect(await transferOf('order-3')).toMatchObject({ reversedMinor: 2000, status: 'reversed' });
  });
});
