import type { Browser } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser, openSite } from './browser.js';
import { atStripe, authorize, newOrder, status, until, withCard } from './orders.js';
import { openWorld, type World } from './world.js';

describe.skipIf(!hasBrowser)('3D Secure in a browser', () => {
  let world: World;
  let browser: Browser;
  let shopUrl: string;

  beforeAll(async () => {
    world = await openWorld();
    browser = await openBrowser();
    // The page that Stripe sends the customer back to.
    shopUrl = `${await openSite('<h1>Thank you</h1>')}/customer/order-form?o=1`;
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
