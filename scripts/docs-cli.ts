// The reference of the commands and of what they print for machines, from the code itself.

import type { Command } from 'commander';
import { z } from 'zod';
import { createProgram } from '../packages/cli/src/program.js';
import { DOCUMENTS } from '../packages/cli/src/wording/document-table.js';

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
| 5 | nothing moved: a second person was asked to approve it (\`approvals approve\`) |
| 130 | interrupted: nothing is left half-done |

What was asked for goes to stdout, everything else to stderr. \`--json\` prints one document, and on a command
that lists something one document a line, nothing where there is nothing; [cli.schema.json](cli.schema.json) has their
schemas. Whatever ends with 1, 2, 3 or 130, and has not told so otherwise, tells so in its last line:
\`{"outcome":"refused","error":{"code":...,"message":...}}\` (with 1 \`usage\`, with 3 \`fault\`, with 130 \`interrupted\`).
Letters that command a terminal or can't be seen are JSON escapes there, and \`�\` anywhere else. Tables fit the terminal;
in a pipe nothing is cut. \`NO_COLOR\` is honoured.
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

/** docs/cli.schema.json */
export function documentSchemas(): string {
  const schemas = Object.entries(DOCUMENTS).map(([command, schema]) => [
    command,
    z.toJSONSchema(schema, { io: 'output', reused: 'ref' }),
  ]);
  return `${JSON.stringify(Object.fromEntries(schemas), null, 2)}\n`;
}
