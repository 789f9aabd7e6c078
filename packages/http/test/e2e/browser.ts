import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { afterAll } from 'vitest';

const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';

/** Whether there is a browser; where there must be one, none is an error. */
export const hasBrowser = existsSync(executablePath);

if (!hasBrowser) {
  const hint = 'install Debian\'s "chromium", or name one in CHROMIUM_PATH';
  if (process.env.CI === 'true') throw new Error(`No browser at ${executablePath}: ${hint}.`);
  console.warn(`Skipping the tests in a browser: none at ${executablePath}; ${hint}.`);
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

/** A browser, closed after the test file. */
export async function openBrowser({ more = [] }: { more?: string[] } = {}): Promise<Browser> {
  const browser = await chromium.launch({ executablePath, args: [...args, ...more] });
  afterAll(() => browser.close());
  return browser;
}

/** Serves one page of somebody else on a port of its own, closed after the test file; its origin. */
export async function openSite(html: string): Promise<string> {
  const site = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end(html);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  afterAll(() => {
    site.closeAllConnections();
    site.close();
  });
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
}
