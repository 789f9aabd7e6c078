import {
  type CommandStore,
  createCommands,
  createEscrow,
  type Installation,
  type ParsedCommand,
} from '@campusg-pay/core';
import { INSTALLATION, memorySystem } from '@campusg-pay/core/testing';
import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';

const DAY_MS = 86_400_000;
const NEW_ID = { paymentId: 'new-id', onceOnly: true, formerPaymentId: 'former-id' };

/** A payment that a request made in a release before installations had ids, and that failed since. */
async function upgraded() {
  const system = memorySystem();
  const { escrow, authorizing, clock, ports, gateway } = system;
  await escrow.authorize(authorizing({ paymentId: 'former-id', onceOnly: true }));
  await escrow.revert({ payment: { paymentId: 'former-id' }, reason: null, correlationId: 'r' });
  await clock.advance(1000);
  const installation: Installation = { id: INSTALLATION.id, namedSince: clock.now() };
  return { ...system, gateway, escrow: createEscrow({ ...ports, installation }) };
}

describe('a request that comes again after the installation got its id', () => {
  it('is answered with the payment that it made before, and makes no other', async () => {
    const { escrow, gateway, authorizing } = await upgraded();
    const again = await escrow.authorize(authorizing(NEW_ID));
    expect(again._unsafeUnwrapErr()).toMatchObject({ type: 'OvertakenByAnother' });
    expect(gateway.intents()).toHaveLength(1);
  });

  it('is refused for another order, as ever', async () => {
    const { escrow, authorizing } = await upgraded();
    const again = await escrow.authorize(authorizing({ ...NEW_ID, orderId: 'order-2' }));
    expect(again._unsafeUnwrapErr()).toEqual({ type: 'PaymentIdTaken', paymentId: 'former-id' });
  });

  it('makes its payment under the new id where it made none', async () => {
    const { escrow, authorizing } = await upgraded();
    const wanted = { ...NEW_ID, formerPaymentId: 'never-made' };
    const made = (await escrow.authorize(authorizing(wanted)))._unsafeUnwrap();
    expect(made.payment).toMatchObject({ id: 'new-id', attempt: 2, status: 'AUTHORIZED' });
  });

  it('is not looked for any more after a month', async () => {
    const { escrow, clock, authorizing } = await upgraded();
    await clock.advance(31 * DAY_MS);
    const made = (await escrow.authorize(authorizing(NEW_ID)))._unsafeUnwrap();
    expect(made.payment.id).toBe('new-id');
  });

  it('costs no look where nothing was made before', async () => {
    const { escrow, store, authorizing } = memorySystem();
    await escrow.authorize(authorizing(NEW_ID));
    expect(store.calls).toEqual(['claim', 'save']);
  });
});

describe('a command by message that comes again after the installation got its id', () => {
  it('is known again as the same command', async () => {
    const { escrow, authorizing, clock } = memorySystem();
    const fingerprints: string[] = [];
    const note: CommandStore['note'] = async ({ fingerprint }) => {
      fingerprints.push(fingerprint);
      return ok('held');
    };
    const unused = () => Promise.reject(new Error('unused'));
    const commands = createCommands({
      escrow,
      store: { note, noteRefused: unused, takeDue: unused, end: unused, forget: unused } as never,
      clock,
      newId: () => 'holder',
      scheduler: { random: () => 0 },
      digest: (text) => text,
      wording: {} as never,
      leaseMs: 1000,
      onReply: () => {},
      onAccepted: () => {},
    });
    const asked = (wanted: object): ParsedCommand => ({
      type: 'authorize_payment',
      command: { ...authorizing({ onceOnly: true, paymentId: 'former-id' }), ...wanted },
    });
    await commands.accept(asked({}));
    await commands.accept(asked(NEW_ID));
    await commands.accept(asked({ paymentId: 'another' }));
    expect(fingerprints[1]).toBe(fingerprints[0]);
    expect(fingerprints[2]).not.toBe(fingerprints[0]);
  });
});
