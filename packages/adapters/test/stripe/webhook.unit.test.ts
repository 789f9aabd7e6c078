import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ACCOUNT_EVENTS, WEBHOOK_EVENTS } from '../../src/contract/webhook-events.js';
import { readWebhook } from '../../src/stripe/webhook.js';
import { wholeAccount, wholeTransfer } from './odd-stripe.js';

const SECRET = 'whsec_one';
const NOW = new Date('2026-11-01T12:00:00Z');
const seconds = (at: Date | number) => Math.floor(Number(at) / 1000);

function mac(payload: string, t: number, secret = SECRET): string {
  return createHmac('sha256', secret).update(`${t}.${payload}`).digest('hex');
}

function header(payload: string, { at = Number(NOW), secret = SECRET } = {}): string {
  const t = seconds(at);
  return `t=${t},v1=${mac(payload, t, secret)}`;
}

const read = (payload: string, signature: string | undefined, secrets = [SECRET]) =>
  readWebhook({ rawBody: Buffer.from(payload), signature, secrets, now: NOW });

const refusal = (payload: string, signature: string | undefined, secrets?: string[]) =>
  read(payload, signature, secrets)._unsafeUnwrapErr().type;

const intent = {
  id: 'pi_1',
  object: 'payment_intent',
  amount: 2098,
  amount_received: 0,
  currency: 'usd',
  status: 'requires_capture',
  latest_charge: 'ch_1',
  customer: 'cus_1',
  cancellation_reason: null,
  last_payment_error: null,
  metadata: { payment_id: 'pay-1' },
};

const event = (type: string, object: object, more: object = {}) =>
  JSON.stringify({ id: 'evt_1', object: 'event', type, data: { object }, ...more });

const capability = { id: 'transfers', object: 'capability', account: 'acct_1', status: 'active' };

/** By the first word of the type. */
const OBJECTS: Readonly<Record<string, object>> = {
  payment_intent: intent,
  transfer: wholeTransfer('inst_1'),
  account: wholeAccount(),
  capability,
};

const toldBy = (type: string, object: object, more?: object) => {
  const payload = event(type, object, more);
  return read(payload, header(payload))._unsafeUnwrap();
};

const HELD = event('payment_intent.amount_capturable_updated', intent);

describe('a signature', () => {
  it('by any of the secrets is accepted', () => {
    const signature = header(HELD, { secret: 'whsec_two' });
    expect(read(HELD, signature, [SECRET, 'whsec_two']).isOk()).toBe(true);
    expect(refusal(HELD, signature, [SECRET])).toBe('BadSignature');
  });

  it('among others of the same moment is found, as while Stripe rotates secrets', () => {
    const t = seconds(NOW);
    const both = `t=${t},v1=${mac(HELD, t, 'whsec_old')},v1=${mac(HELD, t)},v0=abc`;
    expect(read(HELD, both).isOk()).toBe(true);
  });

  it('can be checked only when there is a secret', () => {
    expect(refusal(HELD, header(HELD), [])).toBe('NoWebhookSecret');
  });

  it.each([
    ['', 'x', 't=1', 'v1=abc', 't=1,v1=', 't=1,v1', 't=1,v1=,v1=', 't=,v1=00', 't=-1,v1=00'],
    ['t=abc,v1=00', '=,=', ',,,', 't=1e3,v1=00', 't=99999999999999999999,v1=00'],
  ])('that is none is refused and never throws', (...headers) => {
    for (const one of headers) expect(refusal(HELD, one)).toBe('BadSignature');
    expect(refusal(HELD, undefined)).toBe('BadSignature');
  });

  it('is over the bytes: one more space and it does not fit', () => {
    expect(refusal(`${HELD} `, header(HELD))).toBe('BadSignature');
  });
});

describe("a webhook's age", () => {
  it.each([
    ['300 seconds old', 'ok', -300_000],
    ['301 seconds old', 'TooOld', -301_000],
    ['300 seconds ahead', 'ok', 300_000],
    ['301 seconds ahead', 'FromTheFuture', 301_000],
  ])('%s is %s', (_what, wanted, ms) => {
    const result = read(HELD, header(HELD, { at: Number(NOW) + ms }));
    expect(result.isOk() ? 'ok' : result.error.type).toBe(wanted);
  });

  it('can not be made younger by a second timestamp, before or behind the signed one', () => {
    const old = header(HELD, { at: Number(NOW) - 3_600_000 });
    expect(refusal(HELD, `t=${seconds(NOW)},${old}`)).toBe('BadSignature');
    expect(refusal(HELD, `${old},t=${seconds(NOW)}`)).toBe('BadSignature');
  });
});

describe('an event', () => {
  it('about a PaymentIntent is a report that is not authoritative, found by the PaymentIntent', () => {
    const webhook = read(HELD, header(HELD))._unsafeUnwrap();
    expect(webhook).toMatchObject({
      event: { id: 'evt_1', type: 'payment_intent.amount_capturable_updated' },
      payment: { paymentIntentId: 'pi_1' },
      report: {
        type: 'intent',
        authoritative: false,
        intent: { paymentIntentId: 'pi_1', status: 'requires_capture', currency: 'USD' },
      },
    });
  });

  it('about a PaymentIntent without our id is looked up by its own', () => {
    const foreign = event('payment_intent.canceled', { ...intent, metadata: {} });
    const webhook = read(foreign, header(foreign))._unsafeUnwrap();
    expect(webhook).toMatchObject({ payment: { paymentIntentId: 'pi_1' } });
  });

  it.each(['charge.expired', 'charge.refunded'])('%s only hints that something changed', (type) => {
    const payload = event(type, { id: 'ch_1', object: 'charge', payment_intent: 'pi_1' });
    expect(read(payload, header(payload))._unsafeUnwrap()).toMatchObject({
      payment: { paymentIntentId: 'pi_1' },
      report: { type: 'hint', paymentIntentId: 'pi_1', because: type },
    });
  });

  const refund = {
    id: 're_1',
    object: 'refund',
    amount: 2098,
    status: 'failed',
    payment_intent: 'pi_1',
    failure_reason: 'lost_or_stolen_card',
  };
  it.each(['refund.failed', 'refund.updated', 'charge.refund.updated'])(
    '%s tells what became of which refund, and why',
    (type) => {
      const payload = event(type, refund);
      expect(read(payload, header(payload))._unsafeUnwrap()).toMatchObject({
        payment: { paymentIntentId: 'pi_1' },
        report: {
          type: 'refund',
          refund: {
            refundId: 're_1',
            status: 'failed',
            amountMinor: 2098,
            failureReason: 'lost_or_stolen_card',
          },
        },
      });
    },
  );

  it.each([
    ['succeeded', 'succeeded'],
    ['canceled', 'canceled'],
    ['requires_action', 'pending'],
    ['a status of tomorrow', 'pending'],
    [null, 'pending'],
  ])('of a refund that is %s counts it as %s', (status, counted) => {
    const payload = event('refund.updated', { ...refund, status });
    const report = { type: 'refund', refund: { status: counted } };
    expect(read(payload, header(payload))._unsafeUnwrap()).toMatchObject({ report });
  });

  const dispute = {
    id: 'dp_1',
    object: 'dispute',
    amount: 2098,
    currency: 'usd',
    charge: 'ch_1',
    payment_intent: 'pi_1',
    reason: 'fraudulent',
    status: 'needs_response',
  };
  it.each(['created', 'updated', 'closed', 'funds_withdrawn', 'funds_reinstated'])(
    'charge.dispute.%s tells of the dispute',
    (what) => {
      const payload = event(`charge.dispute.${what}`, dispute);
      const told = { disputeId: 'dp_1', status: 'needs_response', reason: 'fraudulent' };
      expect(read(payload, header(payload))._unsafeUnwrap()).toMatchObject({
        payment: { paymentIntentId: 'pi_1' },
        report: { type: 'dispute', dispute: { ...told, amountMinor: 2098 } },
      });
    },
  );

  it.each([
    ['refund.updated', { ...refund, amount: -1 }],
    ['refund.failed', { ...refund, id: 7 }],
    ['charge.dispute.created', { ...dispute, amount: 'all' }],
    ['charge.dispute.closed', { ...dispute, status: undefined }],
  ])('%s that can not be read makes us ask Stripe about the PaymentIntent', (type, object) => {
    const payload = event(type, object);
    const report = { type: 'hint', paymentIntentId: 'pi_1' };
    expect(read(payload, header(payload))._unsafeUnwrap()).toMatchObject({ report });
  });

  it('of a charge without a PaymentIntent, or of another type, is ignored', () => {
    const others = [
      event('charge.refunded', { id: 'ch_1', payment_intent: null }),
      event('customer.created', { id: 'cus_1' }),
      event('payment_intent.invented_tomorrow', intent),
    ];
    for (const payload of others) {
      expect(read(payload, header(payload))._unsafeUnwrap()).toHaveProperty('ignored');
    }
  });

  it('of every type that we subscribe to is read', () => {
    for (const type of WEBHOOK_EVENTS) {
      const [kind = ''] = type.split('.');
      const object = OBJECTS[kind] ?? { payment_intent: 'pi_1' };
      const payload = event(type, object);
      expect(read(payload, header(payload))._unsafeUnwrap(), type).toHaveProperty('report');
    }
    for (const type of ACCOUNT_EVENTS) {
      const [kind = ''] = type.split('.');
      const payload = event(type, OBJECTS[kind] ?? {}, { account: 'acct_1' });
      expect(read(payload, header(payload))._unsafeUnwrap(), type).toHaveProperty('account');
    }
  });

  it('is of no more types than Stripe lists at once', () => {
    expect(WEBHOOK_EVENTS.length).toBeLessThanOrEqual(20);
  });

  it.each(['evt', '[]', 'null', '{}', '{"object":"event"}', '{"object":"charge","id":"x"}'])(
    'it is not: %j',
    (payload) => {
      expect(refusal(payload, header(payload))).toBe('NotAnEvent');
    },
  );
});

describe('an event about a transfer', () => {
  it.each(['created', 'updated', 'reversed'])(
    'transfer.%s tells of the payment that it names',
    (what) => {
      const reversed = { ...wholeTransfer('inst_1'), amount_reversed: 700 };
      expect(toldBy(`transfer.${what}`, reversed)).toEqual({
        event: { id: 'evt_1', type: `transfer.${what}` },
        payment: { paymentId: 'payment-1' },
        report: {
          type: 'transfer',
          operationKey: null,
          outcome: {
            type: 'sent',
            transfer: {
              stripeTransferId: 'tr_1',
              installation: 'inst_1',
              paymentId: 'payment-1',
              transferId: 'transfer-1',
              stripeAccount: 'acct_1',
              amountMinor: 1500,
              currency: 'USD',
              reversedMinor: 700,
              chargeId: 'ch_1',
            },
          },
        },
      });
    },
  );

  it.each([
    ['that names none of our payments', {}, 'no_intent'],
    ['that names a payment, and no transfer', { payment_id: 'payment-1' }, 'no_intent'],
    ['whose names are none', { payment_id: 7 }, 'unreadable'],
  ])('%s is passed over', (_what, metadata, cause) => {
    const object = { ...wholeTransfer(), destination: null, metadata };
    expect(toldBy('transfer.created', object)).toMatchObject({
      ignored: 'transfer.created',
      cause,
    });
  });

  it('of ours that can not be read says so', () => {
    const object = { ...wholeTransfer(), amount: '1500' };
    expect(toldBy('transfer.created', object)).toMatchObject({ cause: 'unreadable' });
  });
});

describe('an event about a connected account', () => {
  const account = (transfersEnabled: boolean, reason: string | null = null) => ({
    account: { stripeAccount: 'acct_1', transfersEnabled, reason },
  });

  it.each([
    [{ transfers: 'active' }, null, account(true)],
    [{ transfers: 'active' }, 'under_review', account(true)],
    [{ transfers: 'inactive', legacy_payments: 'active' }, null, account(true)],
    [{ transfers: 'pending' }, null, account(false)],
    [{ transfers: 'inactive' }, 'requirements.past_due', account(false, 'requirements.past_due')],
  ])('with %j, disabled by %j, tells what it can take', (capabilities, reason, expected) => {
    const object = { ...wholeAccount(), capabilities, requirements: { disabled_reason: reason } };
    expect(toldBy('account.updated', object)).toMatchObject(expected);
  });

  it('that does not tell of transfers is passed over', () => {
    for (const capabilities of [{}, { card_payments: 'active' }, null]) {
      const object = { ...wholeAccount(), capabilities };
      expect(toldBy('account.updated', object)).toMatchObject({ cause: 'no_intent' });
    }
  });

  it('tells of its capability to take transfers, and of no other', () => {
    expect(toldBy('capability.updated', capability)).toMatchObject(account(true));
    const requirements = { disabled_reason: 'pending.review' };
    const pending = { ...capability, status: 'pending', requirements };
    expect(toldBy('capability.updated', pending)).toMatchObject(account(false, 'pending.review'));
    const another = { ...capability, id: 'card_payments' };
    expect(toldBy('capability.updated', another)).toMatchObject({ cause: 'no_intent' });
  });

  it('that left the platform can take none', () => {
    const type = 'account.application.deauthorized';
    const application = { id: 'ca_1', object: 'application' };
    expect(toldBy(type, application, { account: 'acct_1' })).toMatchObject(account(false, type));
    expect(toldBy(type, application)).toMatchObject({ cause: 'unreadable' });
  });

  it.each([
    ['account.updated', { ...wholeAccount(), id: 7 }],
    ['account.updated', { ...wholeAccount(), capabilities: { transfers: true } }],
    ['capability.updated', { ...capability, status: null }],
    ['capability.updated', { ...capability, account: null }],
  ])('%s that can not be read says so: %j', (type, object) => {
    expect(toldBy(type, object)).toMatchObject({ cause: 'unreadable' });
  });
});
