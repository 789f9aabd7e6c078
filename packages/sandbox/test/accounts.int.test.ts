import type Stripe from 'stripe';
import { describe, expect, it } from 'vitest';
import {
  control,
  newFolder,
  openReceiver,
  openSandbox,
  refusal,
  WEBHOOK_SECRET,
} from './support.js';

const EXPRESS = {
  type: 'express',
  country: 'US',
  email: 'runner@campus.example',
  capabilities: { transfers: { requested: true } },
  metadata: { runner: '7' },
} satisfies Stripe.AccountCreateParams;

const eventsOf = async (stripe: Stripe, type: string) =>
  (await stripe.events.list({ type, limit: 100 })).data;

describe('a connected account', () => {
  it('begins without its capability, and says what Stripe wants to know', async () => {
    const { stripe } = await openSandbox();
    const account = await stripe.accounts.create(EXPRESS);
    expect(account).toMatchObject({
      id: expect.stringMatching(/^acct_1/),
      object: 'account',
      type: 'express',
      country: 'US',
      email: 'runner@campus.example',
      default_currency: 'usd',
      capabilities: { transfers: 'inactive' },
      charges_enabled: false,
      payouts_enabled: false,
      details_submitted: false,
      metadata: { runner: '7' },
      requirements: {
        disabled_reason: 'requirements.past_due',
        currently_due: expect.arrayContaining(['external_account']),
      },
    });
    expect(await stripe.accounts.retrieve(account.id)).toMatchObject({ id: account.id });
    expect((await stripe.accounts.list()).data.map(({ id }) => id)).toEqual([account.id]);
  });

  it('becomes able on the page of its link, which works once and not for long', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = await stripe.accounts.create(EXPRESS);
    const link = (account: string) =>
      stripe.accountLinks.create({
        account,
        type: 'account_onboarding',
        return_url: 'https://shop.example/done',
        refresh_url: 'https://shop.example/again',
      });
    const first = await link(id);
    const page = await fetch(first.url);
    expect(page.status).toBe(200);
    const text = await page.text();
    expect(text).toContain('<button type="submit" id="finish">Finish</button>');
    expect(text).toContain('runner@campus.example');

    await sandbox.clock.advance(301_000);
    const late = await fetch(first.url, { redirect: 'manual' });
    expect([late.status, late.headers.get('location')]).toEqual([
      303,
      'https://shop.example/again',
    ]);
    const second = await link(id);
    expect((await fetch(first.url)).status).toBe(404);
    const finish = () =>
      fetch(second.url.replace('?', '/finish?'), { method: 'POST', redirect: 'manual' });
    const done = await finish();
    expect([done.status, done.headers.get('location')]).toEqual([303, 'https://shop.example/done']);
    expect((await finish()).status).toBe(404);

    expect(await stripe.accounts.retrieve(id)).toMatchObject({
      capabilities: { transfers: 'active' },
      details_submitted: true,
      payouts_enabled: true,
      requirements: { currently_due: [], disabled_reason: null },
    });
    const [event] = await eventsOf(stripe, 'account.updated');
    expect(event).toMatchObject({
      account: id,
      data: {
        object: { id, object: 'account' },
        previous_attributes: { capabilities: { transfers: 'inactive' }, payouts_enabled: false },
      },
    });
    expect(event?.data.previous_attributes).not.toHaveProperty('email');
  });

  it('is changed, and asks for a capability later', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.accounts.create({ type: 'custom' });
    const changed = await stripe.accounts.update(id, { email: 'new@campus.example' });
    expect(changed).toMatchObject({
      type: 'custom',
      email: 'new@campus.example',
      capabilities: {},
    });
    expect(await stripe.accounts.retrieveCapability(id, 'transfers')).toMatchObject({
      object: 'capability',
      status: 'unrequested',
      requested: false,
    });
    const wished = await stripe.accounts.updateCapability(id, 'transfers', { requested: true });
    expect(wished).toMatchObject({ id: 'transfers', account: id, status: 'inactive' });
    expect(await eventsOf(stripe, 'account.updated')).toHaveLength(2);
    const other = await refusal(stripe.accounts.retrieveCapability(id, 'treasury'));
    expect(other.code).toBe('sandbox_not_implemented');
  });

  it('that is closed, or was never there, is nobody that the key may see', async () => {
    const { stripe } = await openSandbox();
    const { id } = await stripe.accounts.create(EXPRESS);
    expect(await stripe.accounts.del(id)).toMatchObject({ id, object: 'account', deleted: true });
    for (const asked of [id, 'acct_none']) {
      const refusals = [
        stripe.accounts.retrieve(asked),
        stripe.accounts.update(asked, {}),
        stripe.accounts.del(asked),
        stripe.balance.retrieve({}, { stripeAccount: asked }),
        stripe.accountLinks.create({ account: asked, type: 'account_onboarding' }),
      ];
      for (const refused of await Promise.all(refusals.map(refusal))) {
        expect(refused).toMatchObject({ statusCode: 403, code: 'account_invalid' });
      }
    }
    expect((await stripe.accounts.list()).data).toEqual([]);
    const [event] = await eventsOf(stripe, 'account.application.deauthorized');
    expect(event).toMatchObject({ account: id, data: { object: { object: 'application' } } });
  });

  it('refuses malformed parts by name, and makes nothing', async () => {
    const { sandbox, stripe } = await openSandbox();
    const wrong: [object, string][] = [
      [{ country: 'Singapore' }, 'country'],
      [{ default_currency: 'xxx' }, 'default_currency'],
      [{ type: 'robot' }, 'type'],
      [{ type: 'express', controller: { fees: { payer: 'account' } } }, 'type'],
      [
        { capabilities: { transfers: { requested: 'perhaps' } } },
        'capabilities[transfers][requested]',
      ],
    ];
    for (const [params, param] of wrong) {
      expect(await refusal(stripe.accounts.create(params))).toMatchObject({
        statusCode: 400,
        param,
      });
    }
    expect(sandbox.counts().accounts).toBe(0);
  });

  it('answers for itself only where the sandbox has something to say', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.accounts.seed({ id: 'acct_runner', defaultCurrency: 'sgd' });
    const options = { stripeAccount: 'acct_runner' };
    expect(await stripe.balance.retrieve({}, options)).toMatchObject({
      available: [{ amount: 0, currency: 'sgd' }],
    });
    const error = await refusal(stripe.customers.create({}, options));
    expect(error.code).toBe('sandbox_not_implemented');
  });
});

describe('the control of accounts', () => {
  it('puts one there in any state, over HTTP too, and says what is wrong with one', async () => {
    const { sandbox, stripe } = await openSandbox();
    const made = await control(sandbox.url, 'POST /accounts', { id: 'acct_1', state: 'disabled' });
    expect(made.body).toMatchObject({ requirements: { disabled_reason: 'rejected.other' } });
    expect(await eventsOf(stripe, '*')).toEqual([]);
    const changed = await control(sandbox.url, 'POST /accounts/acct_1', {
      transfers: 'active',
      disabledReason: null,
    });
    expect(changed.body).toMatchObject({ capabilities: { transfers: 'active' } });
    const wrong: [string, unknown][] = [
      ['POST /accounts', { id: 'runner' }],
      ['POST /accounts', { id: 'acct_2', state: 'rich' }],
      ['POST /accounts', { id: 'acct_2', colour: 'red' }],
      ['POST /accounts/acct_1', { state: 'rich' }],
      ['POST /funds', { currency: 'usd', amount: 0 }],
      ['POST /funds', { currency: 'USD', amount: 1 }],
      ['POST /payouts', { currency: 'usd', amount: -1 }],
      ['PUT /terms', { feePercent: 101 }],
      ['PUT /terms', { settlementDays: 2 }],
    ];
    for (const [name, body] of wrong) {
      const answer = await control(sandbox.url, name, body);
      expect([name, body, answer.status]).toEqual([name, body, 400]);
    }
    const none = await control(sandbox.url, 'POST /accounts/acct_none', { state: 'able' });
    expect(none.status).toBe(404);
    expect(() => sandbox.accounts.update('acct_none', {})).toThrow('acct_none');
    expect(() => sandbox.funds.setTerms({ feeFixed: -1 })).toThrow('feeFixed');
    await expect(openSandbox({ terms: { feePercent: -1 } })).rejects.toThrow('feePercent');
  });
});

describe('what happens to connected accounts', () => {
  it('is told to the endpoint for these, signed with its own secret, and to no other', async () => {
    const [own, connected] = [await openReceiver(), await openReceiver('whsec_connect')];
    const { sandbox, stripe } = await openSandbox({
      webhook: {
        url: own.url,
        secret: WEBHOOK_SECRET,
        connect: { url: connected.url, secret: 'whsec_connect' },
      },
    });
    sandbox.accounts.seed({ id: 'acct_runner', state: 'pending' });
    sandbox.accounts.update('acct_runner', { state: 'able' });
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    expect(own.events.map(({ type }) => type)).toEqual(['customer.created']);
    expect(connected.events).toMatchObject([{ type: 'account.updated', account: 'acct_runner' }]);
    expect(sandbox.webhooks.redeliver()).toBe(2);
    await sandbox.webhooks.settled();
    expect(connected.attempts).toBe(2);

    sandbox.reset();
    sandbox.accounts.seed({ id: 'acct_runner' });
    sandbox.accounts.update('acct_runner', { state: 'disabled' });
    await sandbox.webhooks.settled();
    expect(connected.attempts).toBe(3);
    const without = await control(sandbox.url, 'PUT /webhook', {
      url: own.url,
      secret: WEBHOOK_SECRET,
    });
    expect(without.status).toBe(200);
    sandbox.accounts.update('acct_runner', { state: 'able' });
    await sandbox.webhooks.settled();
    expect([own.attempts, connected.attempts]).toEqual([2, 3]);
    expect(await eventsOf(stripe, 'account.updated')).toHaveLength(2);
  });

  it('is told to endpoints made over the API with connect', async () => {
    const connected = await openReceiver();
    const { sandbox, stripe } = await openSandbox();
    const { secret } = await stripe.webhookEndpoints.create({
      url: connected.url,
      enabled_events: ['account.updated'],
      connect: true,
    });
    expect(secret).toMatch(/^whsec_/);
    connected.answers = [202];
    sandbox.accounts.seed({ id: 'acct_runner' });
    sandbox.accounts.update('acct_runner', { state: 'disabled' });
    sandbox.accounts.update('acct_runner', { state: 'closed' });
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    expect(connected.attempts).toBe(1);
  });

  it('needs a sound address: a wrong one inside connect is refused, and nothing changes', async () => {
    const own = await openReceiver();
    const { sandbox, stripe } = await openSandbox({
      webhook: { url: own.url, secret: WEBHOOK_SECRET },
    });
    for (const connect of [{}, 'x', { url: 'ftp://a', secret: 's' }, { url: own.url }]) {
      const body = { url: 'http://127.0.0.1:1/', secret: 's', connect };
      expect((await control(sandbox.url, 'PUT /webhook', body)).status).toBe(400);
    }
    await stripe.customers.create({});
    await sandbox.webhooks.settled();
    expect(own.attempts).toBe(1);
  });

  it('is there after a restart', async () => {
    const dataFile = `${await newFolder()}/data.jsonl`;
    const first = await openSandbox({ dataFile });
    const { id } = await first.stripe.accounts.create(EXPRESS);
    first.sandbox.accounts.update(id, { transfers: 'active' });
    const before = await eventsOf(first.stripe, 'account.updated');
    await first.sandbox.close();
    const { stripe } = await openSandbox({ dataFile });
    expect(await eventsOf(stripe, 'account.updated')).toEqual(before);
    expect(await stripe.accounts.retrieve(id)).toMatchObject({ payouts_enabled: true });
  });
});
