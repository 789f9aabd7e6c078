import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addActing } from './commands/acts/act-commands.js';
import { addBacklogs } from './commands/backlogs/backlog-commands.js';
import { command, type Ends, example } from './commands/command-tree.js';
import { endingWell, endUnsaid } from './commands/endings.js';
import { addKafka } from './commands/kafka/kafka-commands.js';
import { addMoney } from './commands/money/money-commands.js';
import { addReconciling } from './commands/reconcile/reconcile-commands.js';
import { addSetUp } from './commands/service/service-commands.js';
import { addViews } from './commands/views/view-commands.js';
import { EXIT } from './terminal/exit-codes.js';
import { printable } from './terminal/printable.js';

/** The command line as a value: parses arguments, runs one command, answers its exit code. */
export interface Program {
  run(argv: readonly string[]): Promise<number>;
  /** All commands with their options, to draw documents and completions from. */
  readonly tree: Command;
}

/** Each command is loaded when it is run, so that `--help` is quick. */
export function createProgram(): Program {
  let code: number = EXIT.ok;
  const ends: Ends =
    (run) =>
    async (...args) => {
      code = await run(...args);
    };
  const tree = new Command('campusg-pay')
    .description("Holds a customer's payment until delivery, then takes it or gives it back.")
    .version(version())
    .exitOverride()
    // What was typed is told again in what is wrong with it.
    .configureOutput({
      outputError: (text, write) => {
        const lines = text.trimEnd().split(/\n(?=\(Did you mean )/);
        write(`${lines.map(printable).join('\n')}\n`);
      },
    })
    // Options belong to the command that they stand behind.
    .enablePositionalOptions()
    .showHelpAfterError('(campusg-pay --help lists the commands)')
    .addHelpText(
      'after',
      `
Exit codes: 0 ok, 1 usage or configuration, 2 refused, 3 not possible now,
4 records and Stripe disagree, 5 asked for approval, 130 interrupted.

Settings: environment variables, below them the file .env of this folder;
campusg-pay config shows which count.

Example:
  campusg-pay demo`,
    );
  const payments = command(tree, 'payments')
    .description('look at payments, and act on them')
    .addHelpText('after', example('campusg-pay payments list --status AUTHORIZED'));
  addViews(tree, payments, ends);
  addActing(tree, payments, ends);
  addMoney(tree, ends);
  addReconciling(tree, ends);
  addBacklogs(tree, ends);
  addKafka(tree, ends);
  addSetUp(tree, ends);

  return {
    tree,
    run: (argv) =>
      endingWell(argv.includes('--json'), async () => {
        try {
          await tree.parseAsync(argv);
          return code;
        } catch (error) {
          if (!(error instanceof CommanderError)) throw error;
          const { exitCode, message } = error;
          return exitCode === 0 ? EXIT.ok : endUnsaid({ code: 'usage', message, exit: EXIT.usage });
        }
      }),
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
