#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { startSandbox } from './sandbox.js';

const USAGE = `Stripe-shaped sandbox of CampusG Pay

  --port <number>            default 12111
  --host <address>           default 127.0.0.1
  --data-file <path>         keep the state here; in memory without it
  --webhook-url <url>        deliver events here, signed with --webhook-secret
  --webhook-secret <secret>
  --secret-key <sk_test_...> accept only this key; any test key without it
  --public-url <url>         how a browser reaches the sandbox, if not by its address
`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '12111' },
    host: { type: 'string', default: '127.0.0.1' },
    'data-file': { type: 'string' },
    'webhook-url': { type: 'string' },
    'webhook-secret': { type: 'string' },
    'secret-key': { type: 'string' },
    'public-url': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function run(): Promise<void> {
  const { port, host } = values;
  const dataFile = values['data-file'];
  const secretKey = values['secret-key'];
  const publicUrl = values['public-url'];
  const url = values['webhook-url'];
  const secret = values['webhook-secret'];
  if ((url === undefined) !== (secret === undefined)) {
    say('--webhook-url and --webhook-secret belong together');
    process.exitCode = 2;
    return;
  }
  const sandbox = await startSandbox({
    port: Number(port),
    host,
    warn: (line) => say(`sandbox: ${line}`),
    ...(dataFile === undefined ? {} : { dataFile }),
    ...(secretKey === undefined ? {} : { secretKey }),
    ...(publicUrl === undefined ? {} : { publicUrl }),
    ...(url === undefined || secret === undefined ? {} : { webhook: { url, secret } }),
  });
  // One line for whoever started it and waits for the address.
  process.stdout.write(`${JSON.stringify({ url: sandbox.url })}\n`);
  const stop = (): void => {
    sandbox.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

if (values.help) {
  say(USAGE);
} else {
  run().catch((failure: unknown) => {
    say(`sandbox: ${failure instanceof Error ? failure.message : String(failure)}`);
    process.exitCode = 1;
  });
}
