import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { atStripe, authorize, newOrder, status, until, withCard } from './orders.js';
import { openWorld, type World } from './world.js';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const hasBrowser = existsSync(executablePath);

if (!hasBrowser) {
  const hint = 'install Debian\'s "chromium", or name one in CHROMIUM_PATH';
  if (process.env.CI === 'true') throw new Error(`No browser at ${executablePath}: ${hint}.`);
  console.warn(`Skipping the 3DS tests in a browser: none at ${executablePath}; ${hint}.`);
}

// Root may not use Chromium's sandbox, and nothing but this machine is to be asked.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The shop: the page that Stripe sends the customer back to. */
function openShop(): Promise<Server> {
  const shop = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<h1>Thank you</h1>');
  });
  return new Promise((resolve) => {
    shop.listen(0, '127.0.0.1', () => resolve(shop));
  });
}

describe.skipIf(!hasBrowser)('3D Secure in a browser', () => {
  let world: World;
  let browser: Browser;
  let shop: Server;
  let shopUrl: string;

  beforeAll(async () => {
    world = await openWorld();
    browser = await chromium.launch({ executablePath, args });
    shop = await openShop();
    shopUrl = `http://127.0.0.1:${(shop.address() as AddressInfo).port}/customer/order-form?o=1`;
  });
  afterAll(async () => {
    await browser?.close();
    shop?.closeAllConnections();
    shop?.close();
  });

  /** Authorizes, follows the redirect and clicks; tells where the customer ends up. */
  async function goThrough(order: string, button: 'Approve' | 'Fail') {
    const wish = { ...withCard('pm_card_threeDSecure2Required'), return_url: shopUrl };
    const { status: code, body } = await authorize(world, order, wish);
    expect(code).toBe(200);
    expect(body).toMatchObject({ success: true, status: 'INITIATING', requiresAction: true });
    const page = await browser.newPage();
    await page.goto(body.nextAction.redirectUrl);
    expect(await page.getByText('$20.98').isVisible()).toBe(true);
    if (process.env.SCREENSHOT_DIR !== undefined) {
      await page.screenshot({ path: `${process.env.SCREENSHOT_DIR}/3ds-${button}.png` });
    }
    await page.getByRole('button', { name: button }).click();
    await page.getByText('Thank you').waitFor();
    const landed = new URL(page.url());
    await page.close();
    return { landed, body };
  }

  it('approved: back at the shop, and the amount is held', async () => {
    const order = newOrder();
    const { landed, body } = await goThrough(order, 'Approve');
    expect(`${landed.origin}${landed.pathname}`).toBe(shopUrl.split('?')[0]);
    expect(Object.fromEntries(landed.searchParams)).toEqual({
      o: '1',
      payment_intent: body.paymentIntentId,
      payment_intent_client_secret: body.clientSecret,
      redirect_status: 'succeeded',
    });
    const { payment } = (await status(world, order)).body;
    expect(payment).toMatchObject({ status: 'AUTHORIZED', requiresAction: false });
    expect(atStripe(world, order).intents).toMatchObject([{ status: 'requires_capture' }]);
  });

  it('failed: back at the shop, FAILED, and the order can be authorized again', async () => {
    const order = newOrder();
    const { landed } = await goThrough(order, 'Fail');
    expect(landed.searchParams.get('redirect_status')).toBe('failed');
    // The webhook's part, canceling what was not authenticated, may still be under way.
    const told = await until(
      () => status(world, order),
      ({ body }) => !body.payment.processing,
    );
    expect(told.body.payment).toMatchObject({
      status: 'FAILED',
      failure: { code: 'payment_intent_authentication_failure' },
    });
    const again = await goThrough(order, 'Approve');
    expect(again.body.payment.attempt).toBe(2);
    expect((await status(world, order)).body.payment.status).toBe('AUTHORIZED');
    expect(atStripe(world, order).intents.map((intent) => intent.status)).toEqual([
      'canceled',
      'requires_capture',
    ]);
  });
});
