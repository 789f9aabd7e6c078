import { startSandbox } from '@campusg-pay/sandbox';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { createCircuit } from '../../src/stripe/circuit.js';
import { createStripeClient } from '../../src/stripe/client.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';
import { scriptedStripe } from './scripted-stripe.js';

const sandbox = await startSandbox();
afterAll(() => sandbox.close());

const stripe = createStripeClient({
  secretKey: 'sk_test_defaults',
  apiBase: new URL(sandbox.url),
  timeoutMs: 5_000,
});
const circuit = createCircuit({ concurrency: 50, queue: 200, outages: 100, restMs: 100 });
const gateway = createStripeGateway({ stripe, deadlineMs: 5_000, circuit });

const defaultOf = async (id: string) => (await gateway.defaultPaymentMethod(id))._unsafeUnwrap();
const attach = async (customer: string, card: string) =>
  (await stripe.paymentMethods.attach(card, { customer })).id;
const makeDefault = (customer: string, id: string) =>
  stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });

/** A customer with a card of the older API, which is their default source. */
async function withSource() {
  const { id, default_source: source } = await stripe.customers.create({ source: 'tok_visa' });
  return { id, source: String(source) };
}

describe('a customer pays with', () => {
  it('their default source where they have no default payment method', async () => {
    const { id, source } = await withSource();
    await attach(id, 'pm_card_mastercard');
    expect(source).toMatch(/^card_/);
    expect(await defaultOf(id)).toMatchObject({
      type: 'card',
      paymentMethodId: source,
      card: { brand: 'Visa', last4: '4242', expMonth: 12 },
    });
  });

  it('their default payment method rather than their default source', async () => {
    const { id } = await withSource();
    const chosen = await attach(id, 'pm_card_amex');
    await makeDefault(id, chosen);
    const card = { brand: 'amex', last4: '0005' };
    expect(await defaultOf(id)).toMatchObject({ paymentMethodId: chosen, card });
    await stripe.paymentMethods.detach(chosen);
    expect(await defaultOf(id)).toMatchObject({ card: { brand: 'Visa' } });
  });

  it('the newest of one card that was saved more than once', async () => {
    const { id } = await stripe.customers.create();
    await attach(id, 'pm_card_visa');
    const newest = await attach(id, 'pm_card_visa');
    expect(await defaultOf(id)).toMatchObject({ type: 'card', paymentMethodId: newest });
    await attach(id, 'pm_card_mastercard');
    expect(await defaultOf(id)).toBeNull();
  });

  it('no bank account, which is said where they have chosen it, and else passed over', async () => {
    const { id } = await stripe.customers.create();
    const account = await attach(id, 'pm_usBankAccount_success');
    expect(await defaultOf(id)).toBeNull();
    const card = await attach(id, 'pm_card_visa');
    expect(await defaultOf(id)).toMatchObject({ paymentMethodId: card });
    await makeDefault(id, account);
    expect(await defaultOf(id)).toEqual({ type: 'no_card', kind: 'us_bank_account' });
  });
});

describe('what Stripe tells of a default', () => {
  const face = { brand: 'visa', last4: '4242', exp_month: 1, exp_year: 2030 };
  const card = { brand: 'visa', last4: '4242', expMonth: 1, expYear: 2030 };

  it.each([
    [{ id: 'src_1', object: 'source', type: 'card', card: face }, 'src_1', card],
    [{ id: 'card_1', object: 'card', ...face }, 'card_1', card],
    [{ id: 'src_2', object: 'source', type: 'card' }, 'src_2', null],
  ])('is a card: %j', async (source, paymentMethodId, shown) => {
    const answered = await answering({ default_source: source });
    expect(answered).toEqual({ type: 'card', paymentMethodId, card: shown });
  });

  it.each([
    [{ default_source: { id: 'ba_1', object: 'bank_account', last4: '6789' } }, 'bank_account'],
    [{ default_source: { id: 'src_1', object: 'source', type: 'sepa_debit' } }, 'sepa_debit'],
    [{ invoice_settings: { default_payment_method: { id: 'pm_1', type: 'link' } } }, 'link'],
  ])('is no card: %j', async (customer, kind) => {
    expect(await answering(customer)).toEqual({ type: 'no_card', kind });
  });

  it('is found behind a hundred cards, and two different ones are told apart there', async () => {
    const scripted = await opened();
    const saved = (id: string, fingerprint: string) => ({ id, card: { ...face, fingerprint } });
    const first = Array.from({ length: 100 }, (_, at) => saved(`pm_${at}`, 'one'));
    const pages = (last: object): void =>
      scripted.answers(({ path }) => ({
        status: 200,
        body: path.includes('/payment_methods')
          ? path.includes('starting_after=pm_99')
            ? { object: 'list', data: [last], has_more: false }
            : { object: 'list', data: first, has_more: true }
          : { id: 'cus_1', object: 'customer' },
      }));
    const found = async () =>
      (await scripted.gateway.defaultPaymentMethod('cus_1'))._unsafeUnwrap();
    pages(saved('pm_last', 'one'));
    expect(await found()).toMatchObject({ type: 'card', paymentMethodId: 'pm_0' });
    pages(saved('pm_last', 'another'));
    expect(await found()).toBeNull();
  });

  async function opened() {
    const scripted = await scriptedStripe();
    onTestFinished(() => scripted.close());
    return scripted;
  }

  async function answering(customer: object) {
    const scripted = await opened();
    scripted.answers(() => ({
      status: 200,
      body: { id: 'cus_1', object: 'customer', ...customer },
    }));
    const found = await scripted.gateway.defaultPaymentMethod('cus_1');
    expect(scripted.sent).toHaveLength(1);
    return found._unsafeUnwrap();
  }
});
