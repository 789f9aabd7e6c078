import {
  type InitiatingPayment,
  type Money,
  type Payment,
  parseCharge,
  parseCurrency,
} from '@campusg-pay/core';
import { describe, expect, it } from 'vitest';
import { asked, authorized, closes, DECLINED, learned, opens } from '../samples.js';
import { got } from './outcome.js';
import type { ContractPorts } from './ports.js';
import { claimed, saveAll, saveHold, type Write } from './steps.js';

/** Whatever text people write must come back letter for letter. */
const ODD_TEXT = `Zoë's "büro" \\ 50% ; -- drop\n\t日本 🍕 {"a":null}`;

const RELEASED = { type: 'released', runnerId: ODD_TEXT, receivedMinor: 2098 } as const;

/** Every status with every field it can have, each written and read back. */
const STORIES: Readonly<Record<string, readonly Write[]>> = {
  'authenticated, held, captured and refunded': [
    (it) => [
      closes(it),
      learned(it),
      { type: 'requires_action', paymentIntentId: `pi_of_${it.id}` },
    ],
    (it) => [authorized(it)],
    () => [opens({ kind: 'capture', params: { runnerId: ODD_TEXT } })],
    (it) => [{ type: 'operation_leased', leaseUntil: soon(it), attempts: 2 }],
    (it) => [closes(it), RELEASED],
    () => [opens({ kind: 'refund', params: { reason: ODD_TEXT } })],
    (it) => [closes(it), { type: 'reverted', revertMethod: 'refunded', reason: ODD_TEXT }],
    () => [{ type: 'review_needed', reason: ODD_TEXT }],
    () => [{ type: 'reviewed', note: ODD_TEXT }],
  ],
  'reverted while it was being authorized': [
    () => [{ type: 'revert_requested', reason: ODD_TEXT, correlationId: 'revert' }],
    (it) => [
      closes(it),
      learned(it),
      opens({ kind: 'void', params: { purpose: 'revert', reason: null } }),
    ],
    (it) => [closes(it), { type: 'reverted', revertMethod: 'canceled', reason: null }],
  ],
  'declined, canceled and failed': [
    (it) => [
      closes(it),
      learned(it),
      opens({ kind: 'void', params: { purpose: 'fail', failure: DECLINED } }),
    ],
    (it) => [closes(it), { type: 'failed', failure: DECLINED }],
  ],
  'refused before there was a PaymentIntent': [
    () => [{ type: 'revert_requested', reason: null, correlationId: 'revert' }],
    (it) => [
      closes(it, 'refused', 'resource_missing'),
      {
        type: 'failed',
        failure: { code: 'resource_missing', declineCode: null, message: ODD_TEXT },
      },
    ],
  ],
  'held without an end, and captured by somebody else': [
    (it) => [
      closes(it),
      learned(it),
      { type: 'authorized', paymentIntentId: `pi_of_${it.id}`, captureBefore: null },
    ],
    () => [opens({ kind: 'void', params: { purpose: 'revert', reason: ODD_TEXT } })],
    (it) => [
      closes(it, 'superseded'),
      { type: 'released', runnerId: null, receivedMinor: 1 },
      { type: 'review_needed', reason: 'captured outside' },
    ],
  ],
  'held until it lapsed': [
    (it) => [closes(it), learned(it), authorized(it)],
    () => [{ type: 'reverted', revertMethod: 'expired', reason: null }],
  ],
};

const FACTS: Readonly<Record<string, Partial<InitiatingPayment>>> = {
  'every optional fact left out': { stripeCustomerId: null, description: null },
  'odd text everywhere': {
    description: ODD_TEXT,
    correlationId: ODD_TEXT,
    stripeCustomerId: ODD_TEXT,
    paymentMethodId: ODD_TEXT,
  },
  'yen, which have no cents': { amount: money(500, 'JPY') },
  'dinars, which have thousandths': { amount: money(20_980, 'KWD') },
  'the largest amount': { amount: money(99_999_999, 'USD') },
  'an amount that floats get wrong': { amount: money(829, 'EUR') },
  'a time with milliseconds': { createdAt: new Date('2026-02-03T04:05:06.789Z') },
};

/** What is written is read back, field for field. */
export function describeRecords(ports: () => Promise<ContractPorts>): void {
  describe('a payment comes back as it was written', () => {
    for (const [story, writes] of Object.entries(STORIES)) {
      it(`when it is ${story}`, async () => {
        const { repository } = await ports();
        await saveAll(repository, await claimed(repository, asked()), writes);
      });
    }

    for (const [what, facts] of Object.entries(FACTS)) {
      it(`with ${what}`, async () => {
        const { repository } = await ports();
        const wanted = asked({ ...facts, updatedAt: facts.createdAt ?? new Date() });
        const found = await claimed(repository, wanted);
        expect(found).toEqual(wanted);
        await saveAll(repository, found, [(it) => [closes(it), learned(it)]]);
      });
    }

    it('with the parameters of its authorize call', async () => {
      const { repository } = await ports();
      const wanted = asked();
      const params = { returnUrl: 'https://campus.example/back?a=1&b=ü', savePaymentMethod: true };
      if (wanted.operation?.kind !== 'authorize') throw new Error('an asked payment owes a call');
      const operation = { ...wanted.operation, params };
      await claimed(repository, { ...wanted, operation });
      const found = await repository.find({ paymentId: wanted.id });
      expect(got(found)).toMatchObject({ operation });
    });

    it('with ids of odd letters, and other payments stay out of it', async () => {
      const { repository } = await ports();
      const other = await saveHold(repository);
      const odd = `${ODD_TEXT}/${crypto.randomUUID()}`;
      const wanted = asked({ id: odd, orderId: odd, customerId: odd });
      expect(await claimed(repository, wanted)).toEqual(wanted);
      const untouched = await repository.find({ paymentId: other.id });
      expect(got(untouched)).toEqual(other);
    });
  });
}

function soon({ updatedAt }: Payment): Date {
  return new Date(updatedAt.getTime() + 30_123);
}

function money(amountMinor: number, code: string): Money {
  return got(parseCharge(amountMinor, got(parseCurrency(code))));
}
