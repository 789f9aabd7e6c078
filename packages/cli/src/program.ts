import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { TopicsOptions } from './commands/kafka.js';
import { EXIT } from './exit.js';

/** The command line as a value: parses arguments, runs one command, answers its exit code. */
export interface Program {
  run(argv: readonly string[]): Promise<number>;
}

/** Each command is loaded when it is run, so that `--help` is quick. */
export function createProgram(): Program {
  let code: number = EXIT.ok;
  const ends =
    <Options>(run: (options: Options) => Promise<number>) =>
    async (options: Options) => {
      code = await run(options);
    };
  const program = new Command('campusg-pay')
    .description("Holds a customer's payment until delivery, then pays it out or gives it back.")
    .version(version())
    .exitOverride()
    .showHelpAfterError('(campusg-pay --help lists the commands)')
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 usage or configuration, 3 not possible now, 130 interrupted.

Example:
  campusg-pay demo`,
    );

  command(program, 'serve')
    .description(
      'run the HTTP service; what is not configured (Postgres, Stripe) comes up embedded',
    )
    .addHelpText('after', example('PORT=8080 campusg-pay serve'))
    .action(ends(async () => (await import('./commands/serve.js')).serveCommand()));

  command(program, 'migrate')
    .description('bring the database of DATABASE_URL up to date')
    .option('--status', 'only tell what is applied and what is pending')
    .addHelpText(
      'after',
      example('DATABASE_URL=postgres://localhost/payments campusg-pay migrate --status'),
    )
    .action(
      ends(async (options: { status?: true }) =>
        (await import('./commands/migrate.js')).migrateCommand(options),
      ),
    );

  addKafka(program, ends);

  command(program, 'demo')
    .description('walk four orders through hold, release, revert, authentication and decline')
    .option('--url <url>', 'a running service (default: one of its own, thrown away afterwards)')
    .option('--api-key <key>', 'its API key, if it wants one')
    .addHelpText('after', example('campusg-pay demo --url http://127.0.0.1:3003'))
    .action(
      ends(async (options: { url?: string; apiKey?: string }) =>
        (await import('./commands/demo.js')).demoCommand(options),
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

type Ends = <Options>(
  run: (options: Options) => Promise<number>,
) => (options: Options) => Promise<void>;

function addKafka(program: Command, ends: Ends): void {
  const kafka = command(program, 'kafka')
    .description('prepare Kafka: its topics')
    .addHelpText('after', example('campusg-pay kafka topics'));
  command(kafka, 'topics')
    .description('create the topics of KAFKA_EVENTS_TOPIC and KAFKA_COMMANDS_TOPIC, if missing')
    .option('--check', 'only tell whether they are there; exit code 3 if not')
    .option('--partitions <count>', 'of a topic that is created (default: 12)', countOf)
    .option(
      '--replication <count>',
      'of a topic that is created (default: 3, or as many as there are brokers)',
      countOf,
    )
    .addHelpText('after', example('KAFKA_BROKERS=localhost:9092 campusg-pay kafka topics --check'))
    .action(
      ends(async (options: TopicsOptions) =>
        (await import('./commands/kafka.js')).topicsCommand(options),
      ),
    );
}

function countOf(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

function command(program: Command, name: string): Command {
  return program
    .command(name)
    .showHelpAfterError(`(campusg-pay ${pathOf(program)}${name} --help shows what there is)`);
}

/** The names of the commands above, as they are typed. */
function pathOf(parent: Command): string {
  return parent.parent === null ? '' : `${pathOf(parent.parent)}${parent.name()} `;
}

function example(line: string): string {
  return `\nExample:\n  ${line}`;
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
