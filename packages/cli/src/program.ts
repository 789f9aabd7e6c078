import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { EXIT } from './exit.js';

/** The command line as a value: parses arguments, runs one command, answers its exit code. */
export interface Program {
  run(argv: readonly string[]): Promise<number>;
}

/** Each command is loaded when it is run, so that `--help` is quick. */
export function createProgram(): Program {
  let code: number = EXIT.ok;
  const ends = (run: () => Promise<number>) => async () => {
    code = await run();
  };
  const program = new Command('campusg-pay')
    .description("Holds a customer's payment until delivery, then pays it out or gives it back.")
    .version(version())
    .exitOverride()
    .showHelpAfterError('(campusg-pay --help lists the commands)')
    .addHelpText(
      'after',
      '\nExit codes: 0 ok, 1 usage or configuration, 2 refused, 3 fault, 130 interrupted.',
    );

  program
    .command('serve')
    .description(
      'run the HTTP service (embedded Postgres and Stripe sandbox where nothing is configured)',
    )
    .addHelpText('after', '\nExample:\n  PORT=8080 campusg-pay serve')
    .action(ends(async () => (await import('./commands/serve.js')).serveCommand()));

  const migrate = program
    .command('migrate')
    .description('bring the database of DATABASE_URL up to date')
    .option('--status', 'only tell what is applied and what is pending')
    .addHelpText(
      'after',
      '\nExample:\n  DATABASE_URL=postgres://localhost/payments campusg-pay migrate --status',
    );
  migrate.action(
    ends(async () =>
      (await import('./commands/migrate.js')).migrateCommand(migrate.opts<{ status?: true }>()),
    ),
  );

  const demo = program
    .command('demo')
    .description('walk four orders through hold, release, revert, authentication and decline')
    .option(
      '--url <url>',
      'a running service to use; without it, one is started for the demo and thrown away',
    )
    .option('--api-key <key>', 'its API key, if it wants one')
    .addHelpText('after', '\nExample:\n  campusg-pay demo --url http://127.0.0.1:3003');
  demo.action(
    ends(async () =>
      (await import('./commands/demo.js')).demoCommand(
        demo.opts<{ url?: string; apiKey?: string }>(),
      ),
    ),
  );

  return {
    run: async (argv) => {
      try {
        await program.parseAsync(argv);
        return code;
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      }
    },
  };
}

function version(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  const found =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? manifest.version
      : null;
  if (typeof found !== 'string') throw new Error('bug: package.json has no version');
  return found;
}
