import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { hasBrowser, openBrowser, openSite } from './browser.js';
import { authorize, newOrder, release, status } from './orders.js';
import { openWorld, type World } from './world.js';

describe.skipIf(!hasBrowser)('a web page of somebody else, in a browser on this machine', () => {
  let world: World;
  let page: Page;
  let rebinding: Page;

  beforeAll(async () => {
    world = await openWorld();
    const site = await openSite('<h1>Win a prize</h1>');
    const more = ['--host-resolver-rules=MAP evil.example 127.0.0.1'];
    const browser: Browser = await openBrowser({ more });
    page = await browser.newPage();
    await page.goto(site);
    rebinding = await browser.newPage();
    await rebinding.goto(`http://evil.example:${new URL(world.url).port}/health`);
  });

  /** Sends the form that needs nobody's leave, and tells what came of it. */
  async function submit(from: Page, action: string): Promise<number> {
    const form = `<form method="post" action="${action}"></form>`;
    const [answer] = await Promise.all([
      from.waitForResponse(action),
      from.evaluate(`document.body.innerHTML = '${form}'; document.forms[0].submit();`),
    ]);
    return answer.status();
  }

  async function released(): Promise<string> {
    const order = newOrder();
    await authorize(world, order);
    await release(world, order, 'user_1');
    return order;
  }

  it('gives no money back by a form', async () => {
    const order = await released();
    expect(await submit(page, `${world.url}/api/payment/${order}/revert`)).toBe(403);
    expect((await status(world, order)).body.payment.status).toBe('RELEASED');
  });

  it('nor under a name that it has made to point here', async () => {
    const order = await released();
    const origin = `http://evil.example:${new URL(world.url).port}`;
    expect(await submit(rebinding, `${origin}/api/payment/${order}/revert`)).toBe(403);
    expect((await status(world, order)).body.payment.status).toBe('RELEASED');
  });

  it('and resets no sandbox', async () => {
    const order = await released();
    expect(await submit(page, `${world.sandbox.url}/_sandbox/reset`)).toBe(403);
    expect((await status(world, order)).body.payment.status).toBe('RELEASED');
    expect(world.sandbox.counts().paymentIntents).toBeGreaterThan(0);
  });
});
