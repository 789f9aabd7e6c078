import { afterAll, describe, expect, it } from 'vitest';
import { OWING, wholeIntent } from './odd-stripe.js';
import { type Answer, errorOf, listOf, scriptedStripe } from './scripted-stripe.js';

const stripe = await scriptedStripe();
afterAll(() => stripe.close());

const refused = (status: number, fields: object = {}) =>
  errorOf(status, { type: 'invalid_request_error', code: 'parameter_invalid', ...fields });
const missing = refused(404, { code: 'resource_missing' });

/** What a definite no to a hold means: there is none. */
describe('a hold that is refused', () => {
  it.each<[string, Answer]>([
    ['400', refused(400, { param: 'amount' })],
    ['402 without a PaymentIntent', errorOf(402, { type: 'card_error', code: 'card_declined' })],
    ['404', missing],
    ['402 out of memory', errorOf(402, { type: 'card_error' }, { 'idempotent-replayed': 'true' })],
  ])('with %s was not made', async (_what, answer) => {
    stripe.answers(answer);
    const { report } = (await stripe.perform(OWING.authorize))._unsafeUnwrap();
    expect(report).toMatchObject({ type: 'not_created', operationKey: 'key-authorize' });
  });

  it('and shows its PaymentIntent is told with it, and with the decline', async () => {
    const shown = {
      ...wholeIntent(),
      status: 'requires_payment_method',
      latest_charge: 'ch_1',
      last_payment_error: null,
    };
    const decline = { type: 'card_error', code: 'card_declined', decline_code: 'fraudulent' };
    stripe.answers(errorOf(402, { ...decline, payment_intent: shown }));
    const { report } = (await stripe.perform(OWING.authorize))._unsafeUnwrap();
    expect(report).toMatchObject({
      type: 'intent',
      intent: {
        status: 'requires_payment_method',
        failure: { code: 'card_declined', declineCode: 'fraudulent' },
      },
    });
  });
});

describe('another call that is refused', () => {
  const asking = (code: string) =>
    stripe.answers(({ method }) =>
      method === 'GET' ? { status: 200, body: wholeIntent() } : refused(400, { code }),
    );

  it.each([
    ['amount_too_large', true],
    ['amount_too_small', true],
    ['capture_charge_authorization_expired', true],
    ['capture_unauthorized_payment', true],
    ['charge_already_captured', true],
    ['charge_already_refunded', true],
    ['charge_disputed', true],
    ['charge_exceeds_source_limit', true],
    ['charge_expired_for_capture', true],
    ['charge_not_refundable', true],
    ['refund_disputed_payment', true],
    ['payment_intent_unexpected_state', false],
    ['lock_timeout', false],
    ['parameter_invalid', false],
    ['balance_insufficient', false],
  ])('with %s for good: %j', async (code, final) => {
    for (const payment of [OWING.capture, OWING.void, OWING.refund]) {
      asking(code);
      const { report } = (await stripe.perform(payment))._unsafeUnwrap();
      const { key: operationKey } = payment.operation ?? { key: '' };
      const detail = `${code}: Told by the script.`;
      expect(report).toMatchObject({
        type: 'intent',
        authoritative: true,
        refused: { operationKey, detail, final },
      });
      expect(stripe.sent.map(({ method }) => method)).toEqual(['POST', 'GET']);
    }
  });

  it('tells nothing where the PaymentIntent could not be asked for then', async () => {
    stripe.answers(({ method }) =>
      method === 'GET' ? errorOf(500, { type: 'api_error' }) : refused(400),
    );
    const fault = (await stripe.perform(OWING.capture))._unsafeUnwrapErr();
    expect(fault).toMatchObject({ executed: 'unknown' });
  });
});

describe('what is asked for', () => {
  it('is missing only where Stripe says so', async () => {
    stripe.answers(missing);
    expect((await stripe.gateway.retrieve('pi_1'))._unsafeUnwrap()).toBeNull();
    for (const status of [400, 402, 404]) {
      stripe.answers(refused(status));
      const fault = (await stripe.gateway.retrieve('pi_1'))._unsafeUnwrapErr();
      expect(fault).toMatchObject({ executed: 'no', reason: 'Stripe refused: parameter_invalid' });
    }
  });

  it('of customers is unknown only where Stripe says so', async () => {
    const card = () => stripe.gateway.defaultPaymentMethod('cus_1');
    stripe.answers(missing);
    expect((await card())._unsafeUnwrapErr()).toEqual({ type: 'CustomerUnknown' });
    stripe.answers(refused(400));
    expect((await card())._unsafeUnwrapErr()).toMatchObject({ executed: 'no' });
  });

  it('in a list that is refused is no empty list', async () => {
    stripe.answers(refused(400));
    const since = new Date();
    const search = { payment: OWING.authorize, since, isOurs: () => true };
    expect((await stripe.gateway.findIntent(search))._unsafeUnwrapErr()).toMatchObject({
      executed: 'no',
    });
    stripe.answers(listOf([]));
    expect((await stripe.gateway.findIntent(search))._unsafeUnwrap()).toBeNull();
  });
});
