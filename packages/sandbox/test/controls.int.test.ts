import { describe, expect, it } from 'vitest';
import type { InjectedFault, SeedIntent, SeedRefund, SeedTransfer } from '../src/index.js';
import { clientOf, openSandbox, refusal, WEBHOOK_SECRET } from './support.js';

async function post(url: string, path: string, body: unknown) {
  const response = await fetch(`${url}/_sandbox${path}`, {
    method: path === '/webhook' ? 'PUT' : 'POST',
    body: JSON.stringify(body),
  });
  return { status: response.status, body: (await response.json()) as { error?: string } };
}

describe('a fault rule that could never strike as it is meant', () => {
  it.each<[unknown, string]>([
    [null, 'a fault rule is an object'],
    [{ path: '/v1' }, 'effect.kind must be one of latency, error500'],
    [{ effect: { kind: 'toString' } }, 'effect.kind must be one of latency, error500'],
    [{ event: '*', effect: { kind: 'drop' } }, 'effect.kind must be one of duplicate, reorder'],
    [{ effect: { kind: 'latency' } }, 'the effect latency: ms must be a number of milliseconds'],
    [{ effect: { kind: 'latency', ms: -1 } }, 'the effect latency: ms must be'],
    [{ effect: { kind: 'latency', ms: 1, phase: 'late' } }, 'phase must be before or after'],
    [{ effect: { kind: 'drop' } }, 'the effect drop: executed must be true or false'],
    [{ effect: { kind: 'conflict', ms: 1 } }, 'unknown part of the effect conflict: ms'],
    [{ effect: { kind: 'rate_limit', code: 'x' } }, 'code must be rate_limit or lock_timeout'],
    [{ event: 7, effect: { kind: 'lose' } }, 'a fault rule: event must be text'],
    [{ method: 'post', effect: { kind: 'conflict' } }, 'method must be GET or POST or DELETE'],
    [{ times: 0, effect: { kind: 'conflict' } }, 'times must be a whole number, 1 or more'],
    [{ nth: 1.5, effect: { kind: 'conflict' } }, 'nth must be a whole number, 1 or more'],
    [{ probability: 2, effect: { kind: 'conflict' } }, 'probability must be a number from 0 to 1'],
    [{ tmies: 2, effect: { kind: 'conflict' } }, 'unknown part of a fault rule: tmies'],
  ])('%j is refused: %s', async (rule, sentence) => {
    const { sandbox } = await openSandbox();
    expect(() => sandbox.faults.add(rule as InjectedFault)).toThrow(sentence);
    const { status } = await post(sandbox.url, '/faults', rule);
    expect(status).toBe(400);
    await clientOf(sandbox.url).customers.list();
  });
});

describe('seeded payments', () => {
  const sound: SeedIntent = {
    id: 'pi_seed',
    created: 1_800_000_000,
    status: 'requires_capture',
    amount: 2098,
    currency: 'usd',
    customer: null,
    metadata: {},
  };

  it.each<[object, string]>([
    [{ id: 'ch_x' }, 'id must be text that begins with pi_'],
    [{ created: '2027-01-01' }, 'created must be a whole number, 0 or more'],
    [{ status: 'held' }, 'status must be requires_payment_method or'],
    [{ amount: 20.98 }, 'amount must be a whole number, 0 or more'],
    [{ currency: 'USD' }, 'currency must be three small letters'],
    [{ customer: undefined }, 'customer must be text, or null'],
    [{ metadata: { order: 7 } }, 'metadata must be an object of texts'],
    [{ captureBefore: 'soon' }, 'captureBefore must be a whole number, 0 or more, or null'],
    [{ recieved: 1 }, 'unknown part of a seed: recieved'],
  ])('with %j are refused, and so are those beside them', async (wrong, sentence) => {
    const { sandbox } = await openSandbox();
    const intents = [sound, { ...sound, ...wrong }];
    const answer = await post(sandbox.url, '/seed', { intents });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(`intents[1]: `);
    expect(answer.body.error).toContain(sentence);
    expect(() => sandbox.seed(intents as SeedIntent[])).toThrow(sentence);
    expect(sandbox.counts().paymentIntents).toBe(0);
  });

  it('come in the order of their creation, and may be put anew', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.seed([sound]);
    const older = { ...sound, id: 'pi_older', created: sound.created - 1 };
    expect(() => sandbox.seed([older])).toThrow('seed in the order of creation');
    sandbox.seed([{ ...sound, status: 'succeeded', received: 2098, refunded: 98 }]);
    expect(await stripe.paymentIntents.retrieve('pi_seed')).toMatchObject({
      status: 'succeeded',
      amount_received: 2098,
    });
    expect(sandbox.counts()).toMatchObject({ paymentIntents: 1, charges: 1, events: 0 });
  });
});

describe('seeded transfers and refunds', () => {
  const taken: SeedIntent = {
    id: 'pi_moved',
    created: 1_800_000_000,
    status: 'succeeded',
    amount: 2098,
    received: 2098,
    refunded: 98,
    currency: 'usd',
    customer: null,
    metadata: {},
  };
  const common = { created: 1_800_000_001, metadata: {} };
  const sent: SeedTransfer = {
    ...common,
    id: 'tr_sent',
    amount: 1500,
    currency: 'usd',
    destination: 'acct_runner',
    source: 'ch_moved',
    group: 'order_7',
    reversed: 500,
  };
  const back: SeedRefund = { ...common, id: 're_back', paymentIntent: 'pi_moved', amount: 98 };

  it('are listed as if somebody had made them, and follow when they are seeded again', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.seed([taken], { transfers: [sent], refunds: [back] });
    const { data } = await stripe.transfers.list({ transfer_group: 'order_7' });
    expect(data).toMatchObject([{ id: 'tr_sent', amount: 1500, amount_reversed: 500 }]);
    const refunds = await stripe.refunds.list({ created: { gte: common.created } });
    expect(refunds.data).toMatchObject([{ id: 're_back', amount: 98, status: 'succeeded' }]);
    expect(sandbox.ledger().books.currencies).toMatchObject([{ platform: 1000, accounts: 1000 }]);
    sandbox.seed([], { transfers: [{ ...sent, reversed: 1500 }] });
    expect(await stripe.transfers.retrieve('tr_sent')).toMatchObject({ reversed: true });
    expect(sandbox.counts()).toMatchObject({ paymentIntents: 1, events: 0 });
    expect(sandbox.ledger().books.currencies).toMatchObject([{ platform: 2000, accounts: 0 }]);
  });

  it.each<[object, string]>([
    [{ transfers: [{ ...sent, amount: 0 }] }, 'transfers[0]: a seeded transfer: amount must be'],
    [{ transfers: [{ ...sent, to: 'x' }] }, 'unknown part of a seeded transfer: to'],
    [{ transfers: [sent, { ...sent, id: 'tr_b', created: 1 }] }, 'in the order of creation'],
    [{ refunds: [{ ...back, status: 'gone' }] }, 'refunds[0]: a seeded refund: status must be'],
    [{ refunds: [{ ...back, paymentIntent: 'pi_none' }] }, 'pi_none has no charge'],
    [{ transfers: {} }, 'transfers must be a list'],
  ])('%j are refused, and none of them is there', async (moves, sentence) => {
    const { sandbox } = await openSandbox();
    const answer = await post(sandbox.url, '/seed', { intents: [], ...moves });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(sentence);
    expect(sandbox.ledger().books.currencies).toEqual([]);
  });

  it('are what their balance transactions are expanded to', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.seed([taken], { transfers: [sent] });
    sandbox.accounts.seed({ id: 'acct_runner' });
    await stripe.transfers.createReversal('tr_sent', { amount: 400 });
    const list = (type: string) =>
      stripe.balanceTransactions.list({ type, expand: ['data.source'] });
    const { data } = await list('transfer_refund');
    expect(data).toMatchObject([
      { amount: 400, source: { object: 'transfer_reversal', transfer: 'tr_sent' } },
    ]);
    expect((await list('charge')).data).toMatchObject([{ source: { id: 'ch_moved' } }]);
  });
});

describe('a webhook endpoint that nobody can post to', () => {
  it.each(['ftp://campus.example/', 'http://', 'https://%'])('%s is refused', async (url) => {
    const { sandbox, stripe } = await openSandbox();
    const settings = { url, secret: WEBHOOK_SECRET };
    expect(() => sandbox.webhooks.setEndpoint(settings)).toThrow('http or https URL');
    expect((await post(sandbox.url, '/webhook', settings)).status).toBe(400);
    await expect(openSandbox({ webhook: settings })).rejects.toThrow('http or https URL');
    const error = await refusal(stripe.webhookEndpoints.create({ url, enabled_events: ['*'] }));
    expect(error).toMatchObject({ code: 'url_invalid', param: 'url' });
  });
});

describe('a control', () => {
  it.each<[string, unknown, string]>([
    ['/clock/advance', { ms: '60000' }, 'the body: ms must be a number of milliseconds'],
    ['/clock/advance', { ms: 1, hours: 1 }, 'unknown part of the body: hours'],
    ['/webhooks/settled', { timeout: 5 }, 'unknown part of the body: timeout'],
    ['/webhooks/redeliver', { eventIds: 'evt_1' }, 'the body: eventIds must be a list'],
    ['/seed', {}, 'the body: intents must be a list'],
    ['/faults', [], 'not a JSON object'],
  ])('%s refuses %j: %s', async (path, body, sentence) => {
    const { sandbox } = await openSandbox();
    const answer = await post(sandbox.url, path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(sentence);
  });

  it('that there is none of lists those there are', async () => {
    const { sandbox } = await openSandbox();
    const { status, body } = await post(sandbox.url, '/clock/back', {});
    expect(status).toBe(404);
    expect(body).toMatchObject({
      error: 'no such control: POST /_sandbox/clock/back',
      controls: expect.arrayContaining(['POST /clock/advance', 'GET /requests/:id']),
    });
  });
});
