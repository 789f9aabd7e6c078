#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { readFlags, usage } from './flags.js';
import type { SandboxOptions } from './options.js';
import { startSandbox } from './sandbox.js';

function say(line: string): void {
  process.stderr.write(`sandbox: ${line}\n`);
}

function version(): string {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

function explain(failure: unknown, { host = '127.0.0.1', port }: SandboxOptions): string {
  if (!(failure instanceof Error)) return String(failure);
  const taken = 'code' in failure && failure.code === 'EADDRINUSE';
  return taken ? `port ${port} of ${host} is taken; choose another with --port` : failure.message;
}

async function serve(options: SandboxOptions): Promise<void> {
  const sandbox = await startSandbox({ ...options, warn: say });
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

function run(args: readonly string[]): void {
  const read = readFlags(args);
  if (read.isErr()) {
    say(`${read.error}. See campusg-pay-sandbox --help.`);
    process.exitCode = 2;
    return;
  }
  const command = read.value;
  if (command.kind === 'help') {
    process.stdout.write(usage());
  } else if (command.kind === 'version') {
    process.stdout.write(`${version()}\n`);
  } else {
    serve(command.options).catch((failure: unknown) => {
      say(explain(failure, command.options));
      process.exitCode = 1;
    });
  }
}

run(process.argv.slice(2));
