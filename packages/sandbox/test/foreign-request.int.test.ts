import { request as httpRequest } from 'node:http';
import { describe, expect, it } from 'vitest';
import { hold, openSandbox } from './support.js';

interface Sent {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** As a browser would send it: `fetch` chooses some headers by itself. */
function send(url: string, { method = 'GET', headers = {}, body }: Sent = {}) {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = httpRequest(url, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const portOf = (url: string) => new URL(url).port;

describe('what a browser sends for a page that is not ours', () => {
  it('changes nothing by the controls', async () => {
    const { sandbox, stripe } = await openSandbox();
    const { id } = await hold(stripe);
    const url = `${sandbox.url}/_sandbox/reset`;
    const port = portOf(sandbox.url);
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://localhost:${Number(port) + 1}` },
      { 'sec-fetch-site': 'cross-site' },
      { host: `evil.example:${port}` },
      { host: `sandbox:${port}` },
      { host: `192.168.1.5:${port}` },
    ] as Record<string, string>[]) {
      const { status, text } = await send(url, { method: 'POST', headers });
      expect([headers, status]).toEqual([headers, 403]);
      expect(JSON.parse(text)).toEqual({ error: expect.stringMatching(/^The sandbox /) });
    }
    expect((await stripe.paymentIntents.retrieve(id)).status).toBe('requires_capture');
  });

  it('is refused by the API in the form of Stripe', async () => {
    const { sandbox } = await openSandbox();
    const key = { authorization: 'Bearer sk_test_sandbox' };
    const look = (headers: Record<string, string>) =>
      send(`${sandbox.url}/v1/payment_intents`, { headers: { ...key, ...headers } });
    const foreign = await look({ origin: 'https://evil.example' });
    expect(foreign.status).toBe(403);
    expect(JSON.parse(foreign.text)).toMatchObject({ error: { code: 'foreign_origin' } });
    const rebound = await look({ host: 'evil.example' });
    expect(JSON.parse(rebound.text)).toMatchObject({ error: { code: 'foreign_host' } });
    expect((await look({})).status).toBe(200);
    const own = { origin: `http://localhost:${portOf(sandbox.url)}` };
    expect((await look(own)).status).toBe(200);
  });
});

describe('the 3D Secure page', () => {
  it('opens from the page of a shop, and takes its own form only', async () => {
    const { sandbox, stripe } = await openSandbox();
    const intent = await hold(stripe, { payment_method: 'pm_card_threeDSecure2Required' });
    const page = `${sandbox.url}/3ds/${intent.id}?client_secret=${intent.client_secret}`;
    const fromShop = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await send(page, { headers: fromShop })).status).toBe(200);
    const approve = (headers: Record<string, string>) =>
      send(page.replace('?', '/approve?'), { method: 'POST', headers });
    for (const headers of [{ origin: 'https://evil.example' }, fromShop]) {
      expect((await approve(headers)).status).toBe(403);
    }
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_action');
    const own = { origin: sandbox.url, 'sec-fetch-site': 'same-origin' };
    expect((await approve(own)).status).toBe(200);
    expect((await stripe.paymentIntents.retrieve(intent.id)).status).toBe('requires_capture');
  });

  it('works under the address that browsers are told', async () => {
    const { sandbox, stripe } = await openSandbox({ publicUrl: 'https://pay.campus.example' });
    const intent = await hold(stripe, { payment_method: 'pm_card_threeDSecure2Required' });
    const approve = `${sandbox.url}/3ds/${intent.id}/approve?client_secret=${intent.client_secret}`;
    const origin = 'https://pay.campus.example';
    for (const host of ['pay.campus.example', new URL(sandbox.url).host]) {
      expect((await send(approve, { method: 'POST', headers: { host, origin } })).status).toBe(200);
    }
  });
});

describe('a sandbox that listens to a network', () => {
  it('is called by address and by the names of containers, and not by names of the internet', async () => {
    const { sandbox } = await openSandbox({ host: '0.0.0.0' });
    const port = portOf(sandbox.url);
    const look = (host: string) =>
      send(`http://127.0.0.1:${port}/_sandbox/health`, { headers: { host: `${host}:${port}` } });
    for (const host of ['127.0.0.1', '172.17.0.2', '[fd00::1]', 'sandbox', 'localhost']) {
      expect([host, (await look(host)).status]).toEqual([host, 200]);
    }
    for (const host of ['evil.example', '1.2.3.4.evil.example', 'x.localhost']) {
      expect([host, (await look(host)).status]).toEqual([host, 403]);
    }
  });
});
