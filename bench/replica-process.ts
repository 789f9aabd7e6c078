import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A service in a process of its own, once it listens. */
export async function startReplica(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const main = new URL('../packages/cli/src/main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [...process.execArgv, main, 'serve'], {
    env: { PATH: process.env.PATH, PORT: '0', ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  child.once('exit', (code) => {
    if (code !== null) throw new Error(`the replica ended with ${code}`);
  });
  for await (const line of createInterface({ input: child.stderr })) {
    const [, url] = /listens on (\S+)/.exec(line) ?? [];
    if (url !== undefined) return { child, url };
  }
  await once(child, 'exit');
  throw new Error('the replica never listened');
}

/** Asks a service over HTTP for a hold. */
export async function authorizeOver(url: string, orderId: string): Promise<void> {
  await fetch(`${url}/api/payment/${orderId}/authorize`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      customer: {
        clerkUserId: 'user_bench',
        userStripeCard: { payment_method_id: 'pm_card_visa' },
      },
      order: { amount: 2098 },
    }),
  });
}
