import type { Command } from 'commander';
import { command, type Ends, example } from '../tree.js';

/** Running the service, and getting there. */
export function addSetUp(program: Command, ends: Ends): void {
  command(program, 'serve')
    .description(
      'run the HTTP service; what is not configured (Postgres, Stripe) comes up embedded',
    )
    .addHelpText('after', example('PORT=8080 campusg-pay serve'))
    .action(ends(async () => (await import('../commands/serve.js')).serveCommand()));

  command(program, 'migrate')
    .description('bring the database of DATABASE_URL up to date')
    .option('--status', 'only tell what is applied and what is pending')
    .addHelpText(
      'after',
      example('DATABASE_URL=postgres://localhost/payments campusg-pay migrate --status'),
    )
    .action(
      ends(async (options: { status?: true }) =>
        (await import('../commands/migrate.js')).migrateCommand(options),
      ),
    );

  command(program, 'demo')
    .description('walk four orders through hold, release, revert, authentication and decline')
    .option('--url <url>', 'a running service (default: one of its own, thrown away afterwards)')
    .option('--api-key <key>', 'its API key, if it wants one')
    .addHelpText('after', example('campusg-pay demo --url http://127.0.0.1:3003'))
    .action(
      ends(async (options: { url?: string; apiKey?: string }) =>
        (await import('../commands/demo.js')).demoCommand(options),
      ),
    );
}
