import { Argument, type Command } from 'commander';
import { completionFor, SHELLS, type Shell } from '../../completion/shell-completion.js';
import { EXIT } from '../../terminal/exit-codes.js';
import { print } from '../../terminal/output.js';
import { command, type Ends, example, withJson } from '../command-tree.js';

/** Running the service, and getting there. */
export function addSetUp(program: Command, ends: Ends): void {
  command(program, 'serve')
    .description(
      'run the HTTP service; what is not configured (Postgres, Stripe) comes up embedded',
    )
    .addHelpText('after', example('PORT=8080 campusg-pay serve'))
    .action(ends(async () => (await import('./serve-command.js')).serveCommand()));

  command(program, 'migrate')
    .description('bring the database of DATABASE_URL up to date')
    .option('--status', 'only tell what is applied and what is pending, of the embedded one too')
    .addHelpText(
      'after',
      example('DATABASE_URL=postgres://localhost/payments campusg-pay migrate --status'),
    )
    .action(
      ends(async (options: { status?: true }) =>
        (await import('./migrate-command.js')).migrateCommand(options),
      ),
    );

  command(program, 'demo')
    .description('walk four orders through hold, release, revert, authentication and decline')
    .option('--url <url>', 'a running service (default: one of its own, thrown away afterwards)')
    .option('--api-key <key>', 'its API key, if it wants one')
    .addHelpText('after', example('campusg-pay demo --url http://127.0.0.1:3003'))
    .action(
      ends(async (options: { url?: string; apiKey?: string }) =>
        (await import('./demo-command.js')).demoCommand(options),
      ),
    );

  addChecks(program, ends);
}

function addChecks(program: Command, ends: Ends): void {
  withJson(command(program, 'doctor'))
    .description('check everything that the service needs, and say how to repair what is wrong')
    .addHelpText('after', example('campusg-pay doctor'))
    .action(
      ends(async (options: { json?: true }) =>
        (await import('./doctor-command.js')).doctorCommand(options),
      ),
    );

  withJson(command(program, 'config'))
    .description('show the configuration in force, secrets masked, and where it comes from')
    .addHelpText('after', example('campusg-pay config'))
    .action(
      ends(async (options: { json?: true }) =>
        (await import('./config-command.js')).configCommand(options),
      ),
    );

  command(program, 'completion')
    .addArgument(new Argument('<shell>', 'which one').choices(SHELLS))
    .description('print the script by which a shell completes commands and options')
    .addHelpText(
      'after',
      `
To have it always, in the file that the shell starts with:
  bash  ~/.bashrc                   source <(campusg-pay completion bash)
  zsh   ~/.zshrc                    source <(campusg-pay completion zsh)
  fish  ~/.config/fish/config.fish  campusg-pay completion fish | source
${example('source <(campusg-pay completion bash)')}`,
    )
    .action(
      ends(async (shell: Shell) => {
        await print(completionFor(shell, program).trimEnd().split('\n'));
        return EXIT.ok;
      }),
    );
}
