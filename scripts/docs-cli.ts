// The reference of the commands and of what they print for machines, from the code itself.

import type { Command } from 'commander';
import { z } from 'zod';
import { createProgram } from '../packages/cli/src/program.js';
import {
  ACTED,
  APPROVAL,
  CHECK,
  DRAINED,
  EXPLAINED,
  OWED_CALL,
  PARKED_COMMAND,
  PARKED_DONE,
  PAYMENT,
  REFUSED,
  REPLAYED,
  RESUMED,
  SHOWN,
  STANDING,
  SYNCED,
  WAITING_EVENT,
} from '../packages/cli/src/wording/documents.js';
import {
  DIFFERENCE,
  FINDING,
  REPAIRED,
  RUN,
} from '../packages/cli/src/wording/reconcile-documents.js';

const HEAD = `# The commands

\`campusg-pay <command> --help\` says the same at the terminal. This page is written from the commands by
\`npm run docs:write\`.

| exit code | means |
|---|---|
| 0 | done, or shown |
| 1 | the command line or the configuration is wrong, or a question could not be asked |
| 2 | refused: by the rules, or by the operator when asked |
| 3 | not possible now: a part is away or not set up |
| 4 | our records and Stripe disagree |
| 130 | interrupted: nothing is left half-done |

What was asked for goes to stdout, everything else to stderr. \`--json\` prints one document, and on a command
that lists something one document a line; [cli.schema.json](cli.schema.json) has their schemas. A command that acts
and ends with 2 or 3 prints \`{"outcome":"refused","error":{"code":...,"message":...}}\` (with 3 \`fault\`); with 1 there is
none. Tables fit the terminal; in a pipe nothing is cut. \`NO_COLOR\` is honoured.
`;

/** docs/cli.md */
export function commandReference(): string {
  const { tree } = createProgram();
  return `${[HEAD, ...runnable(tree).map(section)].join('\n').trimEnd()}\n`;
}

/** Every command that can be run, such as `payments list`. */
export function commandPaths(): string[] {
  return runnable(createProgram().tree).map(pathOf);
}

function runnable(parent: Command): Command[] {
  return parent
    .createHelp()
    .visibleCommands(parent)
    .filter((one) => one.name() !== 'help')
    .flatMap((one) => {
      const below = runnable(one);
      // One that only holds others together has no options of its own.
      return below.length === 0 || one.options.length > 0 ? [one, ...below] : below;
    });
}

function section(one: Command): string {
  let text = '';
  one.configureOutput({
    getOutHelpWidth: () => 80,
    writeOut: (part) => {
      text += part;
    },
  });
  one.outputHelp();
  const lines = text.trimEnd().split('\n');
  return `## ${pathOf(one)}\n\n\`\`\`text\n${lines.join('\n')}\n\`\`\`\n`;
}

function pathOf(one: Command): string {
  const { parent } = one;
  return parent === null || parent.parent === null ? one.name() : `${pathOf(parent)} ${one.name()}`;
}

/** What an act prints: its own document, or why there is none. */
const act = <Schema extends z.ZodType>(done: Schema) => z.union([done, REFUSED]);

/** Which document each command prints; those that list print one a line. */
const DOCUMENTS = {
  'payments list': PAYMENT,
  'payments show': SHOWN,
  'payments release': act(ACTED),
  'payments revert': act(ACTED),
  'payments reviewed': act(ACTED),
  explain: EXPLAINED,
  status: STANDING,
  'approvals list': APPROVAL,
  'approvals approve': act(ACTED),
  'operations list': OWED_CALL,
  'operations resume': act(RESUMED),
  'outbox list': WAITING_EVENT,
  'outbox retry': act(DRAINED),
  'commands parked list': PARKED_COMMAND,
  'commands parked retry': act(PARKED_DONE),
  'commands parked drop': act(PARKED_DONE),
  'events replay': act(REPLAYED),
  'webhooks sync': act(SYNCED),
  reconcile: FINDING,
  'reconcile show': FINDING,
  'reconcile apply': act(REPAIRED),
  'reconcile history': RUN,
  'reconcile diff': DIFFERENCE,
  doctor: CHECK,
};

/** docs/cli.schema.json */
export function documentSchemas(): string {
  const schemas = Object.entries(DOCUMENTS).map(([command, schema]) => [
    command,
    z.toJSONSchema(schema, { io: 'output', reused: 'ref' }),
  ]);
  return `${JSON.stringify(Object.fromEntries(schemas), null, 2)}\n`;
}
