import { startSandbox } from '@campusg-pay/sandbox';
import { afterAll, describe, expect, it } from 'vitest';
import { createCircuit } from '../../src/stripe/circuit.js';
import { createStripeClient } from '../../src/stripe/client.js';
import { createStripeGateway } from '../../src/stripe/stripe-gateway.js';

const sandbox = await startSandbox();
afterAll(() => sandbox.close());

const stripe = createStripeClient({
  secretKey: 'sk_test_cards',
  apiBase: new URL(sandbox.url),
  timeoutMs: 5_000,
});
const circuit = createCircuit({ concurrency: 50, queue: 200, outages: 100, restMs: 100 });
const gateway = createStripeGateway({ stripe, deadlineMs: 5_000, circuit });

const newCustomer = async () => (await stripe.customers.create()).id;
const attach = async (customer: string, card: string) =>
  (await stripe.paymentMethods.attach(card, { customer })).id;
const makeDefault = (customer: string, id: string) =>
  stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
const shown = async (customer: string) =>
  (await gateway.cards(customer))
    ._unsafeUnwrap()
    .map(({ paymentMethodId, isDefault }) => [paymentMethodId, isDefault]);

describe('the saved cards of a customer', () => {
  it('are the newest first, and none is the default where several are and none was chosen', async () => {
    const customer = await newCustomer();
    const visa = await attach(customer, 'pm_card_visa');
    const amex = await attach(customer, 'pm_card_amex');
    expect((await gateway.cards(customer))._unsafeUnwrap()).toMatchObject([
      { paymentMethodId: amex, brand: 'amex', last4: '0005', isDefault: false },
      { paymentMethodId: visa, brand: 'visa', last4: '4242', isDefault: false },
    ]);
    await makeDefault(customer, visa);
    expect(await shown(customer)).toEqual([
      [amex, false],
      [visa, true],
    ]);
  });

  it('that are one card saved twice are one, the newest, or the one that was chosen', async () => {
    const customer = await newCustomer();
    const older = await attach(customer, 'pm_card_visa');
    const newer = await attach(customer, 'pm_card_visa');
    // Nothing else could be meant.
    expect(await shown(customer)).toEqual([[newer, true]]);
    await makeDefault(customer, older);
    expect(await shown(customer)).toEqual([[older, true]]);
    const amex = await attach(customer, 'pm_card_amex');
    expect(await shown(customer)).toEqual([
      [amex, false],
      [older, true],
    ]);
  });

  it('are all told, however many pages they are', async () => {
    const customer = await newCustomer();
    const visa = await attach(customer, 'pm_card_visa');
    for (let count = 0; count < 101; count += 1) await attach(customer, 'pm_card_mastercard');
    const cards = (await gateway.cards(customer))._unsafeUnwrap();
    expect(cards.map(({ brand }) => brand)).toEqual(['mastercard', 'visa']);
    expect(cards.at(-1)?.paymentMethodId).toBe(visa);
  });

  it('are not what holds no money, even where it was chosen', async () => {
    const customer = await newCustomer();
    const card = await attach(customer, 'pm_card_visa');
    await makeDefault(customer, await attach(customer, 'pm_usBankAccount_success'));
    expect(await shown(customer)).toEqual([[card, false]]);
  });

  it('cost two calls', async () => {
    const customer = await newCustomer();
    await attach(customer, 'pm_card_visa');
    const before = sandbox.ledger().requests.length;
    await shown(customer);
    expect(sandbox.ledger().requests.length - before).toBe(2);
  });

  it("of a customer who was deleted are nobody's", async () => {
    const customer = await newCustomer();
    await stripe.customers.del(customer);
    const cards = await gateway.cards(customer);
    expect(cards._unsafeUnwrapErr()).toEqual({ type: 'CustomerUnknown' });
  });
});
