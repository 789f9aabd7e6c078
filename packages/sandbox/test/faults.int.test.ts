import { describe, expect, it } from 'vitest';
import type { InjectedFault } from '../src/index.js';
import { clientOf, hold, openSandbox, refusal } from './support.js';

const CREATE = { method: 'POST', path: '/v1/payment_intents' } as const;
const key = (name: string) => ({ idempotencyKey: name });

describe('a fault', () => {
  it('of latency delays the request', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.faults.add({ ...CREATE, effect: { kind: 'latency', ms: 120 } });
    const start = performance.now();
    await hold(stripe);
    expect(performance.now() - start).toBeGreaterThan(110);
    await hold(stripe);
    // The second one is quick because nothing struck it, whatever the machine makes of that.
    expect(sandbox.ledger().requests.map(({ faults }) => faults)).toEqual([['latency'], []]);
  });

  it('of latency after execution lets a second request see the result', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.faults.add({ ...CREATE, effect: { kind: 'latency', ms: 200, phase: 'after' } });
    const slow = hold(stripe, {}, key('a'));
    await expect.poll(() => sandbox.counts().paymentIntents).toBe(1);
    const again = await hold(stripe, {}, key('a'));
    expect((await slow).id).toBe(again.id);
  });

  it('of a refusal answers with the code that it names, for its key too, and does nothing', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.accounts.seed({ id: 'acct_1' });
    sandbox.funds.add({ currency: 'usd', amount: 1000 });
    const path = '/v1/transfers';
    sandbox.faults.add({ path, effect: { kind: 'refuse', code: 'transfers_not_allowed' } });
    const transfer = (name: string) =>
      stripe.transfers.create({ amount: 1, currency: 'usd', destination: 'acct_1' }, key(name));
    for (let times = 0; times < 2; times += 1) {
      expect(await refusal(transfer('a'))).toMatchObject({
        statusCode: 400,
        code: 'transfers_not_allowed',
        type: 'StripeInvalidRequestError',
      });
    }
    expect(sandbox.counts().transfers).toBe(0);
    await transfer('b');
    const declined = {
      kind: 'refuse',
      status: 402,
      code: 'card_declined',
      declineCode: 'lost_card',
    };
    sandbox.faults.add({ ...CREATE, effect: { ...declined, message: 'No.' } } as InjectedFault);
    expect(await refusal(hold(stripe))).toMatchObject({
      type: 'StripeCardError',
      decline_code: 'lost_card',
      message: 'No.',
    });
    for (const effect of [{ kind: 'refuse' }, { kind: 'refuse', code: 'x', status: 200 }]) {
      expect(() => sandbox.faults.add({ path, effect } as InjectedFault)).toThrow('refuse');
    }
  });

  it.each([
    [{ code: 'rate_limit' }, 'rate_limit', undefined, 'endpoint-rate'],
    [{ reason: 'global-rate' }, 'rate_limit', undefined, 'global-rate'],
    [{ code: 'lock_timeout' }, 'lock_timeout', 'true', undefined],
  ] as const)('of 429 %o executes nothing', async (of, expected, retry, reason) => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.faults.add({ ...CREATE, effect: { kind: 'rate_limit', ...of } });
    const error = await refusal(hold(stripe));
    expect(error).toMatchObject({ type: 'StripeRateLimitError', statusCode: 429, code: expected });
    expect(error.headers?.['stripe-should-retry']).toBe(retry);
    expect(error.headers?.['stripe-rate-limited-reason']).toBe(reason);
    expect(sandbox.counts().paymentIntents).toBe(0);
  });

  it('of 409 executes nothing', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.faults.add({ ...CREATE, effect: { kind: 'conflict' } });
    const error = await refusal(hold(stripe));
    expect(error).toMatchObject({ statusCode: 409, code: 'idempotency_key_in_use' });
    expect(sandbox.counts().paymentIntents).toBe(0);
  });

  it.each([
    [false, 0],
    [true, 1],
  ])('of a dropped connection (executed: %s) leaves %i hold', async (executed, holds) => {
    const { sandbox, stripe } = await openSandbox();
    // Twice: the SDK repeats a request once after a reset.
    sandbox.faults.add({ ...CREATE, times: 2, effect: { kind: 'drop', executed } });
    const error = await refusal(hold(stripe));
    expect(error.type).toBe('StripeConnectionError');
    expect(sandbox.counts().paymentIntents).toBe(holds);
    const statuses = sandbox.ledger().requests.map(({ status, faults }) => [status, faults]);
    expect(statuses).toEqual([
      [0, ['drop']],
      [0, ['drop']],
    ]);
  });

  it('of one dropped reply is mended by the SDK itself, with one hold', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.faults.add({ ...CREATE, effect: { kind: 'drop', executed: true } });
    expect(await hold(stripe)).toMatchObject({ status: 'requires_capture' });
    expect(sandbox.counts()).toMatchObject({ paymentIntents: 1, requests: { replayed: 1 } });
  });

  it('of a truncated reply is a connection error, and the hold stands', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.faults.add({ ...CREATE, effect: { kind: 'truncate' } });
    const error = await refusal(hold(stripe, {}, key('t')));
    expect(error.type).toBe('StripeConnectionError');
    expect(sandbox.counts().paymentIntents).toBe(1);
    expect(await hold(stripe, {}, key('t'))).toMatchObject({ status: 'requires_capture' });
    expect(sandbox.counts().paymentIntents).toBe(1);
  });

  it.each([
    [false, 0],
    [true, 1],
  ])('of an HTML 502 (executed: %s) leaves %i hold and no status', async (executed, holds) => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.faults.add({ ...CREATE, effect: { kind: 'html502', executed } });
    const error = await refusal(hold(stripe));
    expect(error).toMatchObject({ type: 'StripeAPIError', statusCode: undefined });
    expect(sandbox.counts().paymentIntents).toBe(holds);
  });

  it('strikes the requests that it names, in their order, as often as it says', async () => {
    const { sandbox, stripe } = await openSandbox();
    const path = '/v1/payment_intents/*/capture';
    sandbox.faults.add({ path, nth: 2, effect: { kind: 'rate_limit' } });
    const holds = [await hold(stripe), await hold(stripe), await hold(stripe)];
    const outcomes = [];
    for (const { id } of holds) {
      outcomes.push(
        await stripe.paymentIntents.capture(id).then(
          () => 'taken',
          (e) => e.code,
        ),
      );
    }
    expect(outcomes).toEqual(['taken', 'rate_limit', 'taken']);
    sandbox.faults.add({ times: 2, effect: { kind: 'rate_limit' } });
    expect((await refusal(stripe.customers.list())).code).toBe('rate_limit');
    sandbox.faults.clear();
    await stripe.customers.list();
  });

  it('with a probability strikes the same requests for the same seed', async () => {
    const outcomes = async (seed: number): Promise<string> => {
      const { sandbox, stripe } = await openSandbox();
      sandbox.faults.add({ probability: 0.4, seed, effect: { kind: 'rate_limit' } });
      let text = '';
      for (let at = 0; at < 30; at += 1) {
        text += await stripe.customers.list().then(
          () => '.',
          () => 'x',
        );
      }
      return text;
    };
    const first = await outcomes(7);
    expect(first).toMatch(/^(?=.*x)(?=.*\.)[x.]{30}$/);
    expect(await outcomes(7)).toBe(first);
    expect(await outcomes(8)).not.toBe(first);
  });

  it('that could never strike is refused when it is added', async () => {
    const { sandbox } = await openSandbox();
    const misspelt = { path: '/v1/customers', effect: { kind: 'latensy', ms: 1 } };
    expect(() => sandbox.faults.add(misspelt as unknown as InjectedFault)).toThrow('effect.kind');
    const odd = { pth: '/v1', effect: { kind: 'conflict' } };
    expect(() => sandbox.faults.add(odd as unknown as InjectedFault)).toThrow('unknown part');
  });

  it('does not outlive the sandbox: a waiting request is cut off and changes nothing', async () => {
    const { sandbox, stripe } = await openSandbox();
    sandbox.faults.add({ ...CREATE, times: 2, effect: { kind: 'latency', ms: 60_000 } });
    const waiting = refusal(hold(stripe));
    await new Promise((resolve) => setTimeout(resolve, 50));
    await sandbox.close();
    expect((await waiting).type).toBe('StripeConnectionError');
    expect(sandbox.counts().paymentIntents).toBe(0);
  });
});

describe('the controls over HTTP', () => {
  const call = async (url: string, method: string, path: string, body?: unknown) => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
    const response = await fetch(`${url}/_sandbox${path}`, init);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  it('do what the object does', async () => {
    const { sandbox } = await openSandbox();
    const { url } = sandbox;
    const stripe = clientOf(url);
    expect((await call(url, 'GET', '/health')).body).toMatchObject({ status: 'healthy' });
    const rule = { ...CREATE, effect: { kind: 'rate_limit' } };
    expect((await call(url, 'POST', '/faults', rule)).status).toBe(200);
    expect((await call(url, 'GET', '/faults')).body).toEqual([rule]);
    await refusal(hold(stripe));
    expect((await call(url, 'DELETE', '/faults')).status).toBe(200);
    const { id, lastResponse } = await hold(stripe);
    const ledger = await call(url, 'GET', '/ledger');
    expect(ledger.body).toMatchObject({
      paymentIntents: [{ id, object: 'payment_intent' }],
      charges: [{ payment_intent: id }],
      counts: { paymentIntents: 1 },
    });
    const request = await call(url, 'GET', `/requests/${lastResponse.requestId}`);
    expect(request.body).toMatchObject({ method: 'POST', path: '/v1/payment_intents' });
    const before = sandbox.clock.now().getTime();
    await call(url, 'POST', '/clock/advance', { ms: 8 * 86_400_000 });
    expect(sandbox.clock.now().getTime()).toBeGreaterThanOrEqual(before + 8 * 86_400_000);
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('canceled');
    expect((await call(url, 'POST', '/reset')).status).toBe(200);
    expect((await call(url, 'GET', '/counts')).body).toMatchObject({ paymentIntents: 0 });
  });

  it.each([
    ['POST', '/faults', { effect: { kind: 'nothing' } }],
    ['POST', '/clock/advance', { ms: -1 }],
    ['PUT', '/webhook', { url: 'nowhere', secret: 's' }],
    ['POST', '/faults', 'text'],
  ])('refuse %s %s %j', async (method, path, body) => {
    const { sandbox } = await openSandbox();
    expect(await call(sandbox.url, method, path, body)).toMatchObject({
      status: 400,
      body: { error: expect.any(String) },
    });
  });

  it('know what they do not know', async () => {
    const { sandbox } = await openSandbox();
    expect((await call(sandbox.url, 'POST', '/faultz', {})).status).toBe(404);
  });
});
