import { execFileSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { bash, newFolder, program } from './cli.js';
import { hasTerminal, runInTerminal } from './terminal.js';

vi.setConfig({ testTimeout: 60_000 });

/** How each shell is begun without the settings of whoever runs the tests. */
const SHELLS = {
  bash: { command: ['bash', '--norc', '-i'], load: 'source <(campusg-pay completion bash)' },
  // As it is where nobody has set its completion up.
  zsh: { command: ['zsh', '-f', '-i'], load: 'source <(campusg-pay completion zsh)' },
  fish: { command: ['fish', '--no-config'], load: 'campusg-pay completion fish | source' },
} as const;

const missing = (['zsh', 'fish'] as const).filter((shell) => {
  try {
    execFileSync(shell, ['--version']);
    return false;
  } catch {
    return true;
  }
});
if (missing.length > 0) {
  const without = `not installed: ${missing.join(', ')}`;
  if (process.env.CI) throw new Error(`CI tries completion in every shell; ${without}`);
  console.warn(`${without}; completion is not tried there`);
}

/** Has `campusg-pay` on the way, a plan and a folder to complete. */
let folder: string;
beforeAll(async () => {
  folder = await newFolder();
  const own = join(folder, 'campusg-pay');
  await writeFile(own, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`);
  await chmod(own, 0o755);
  await writeFile(join(folder, 'plan of today.json'), '{}');
  await mkdir(join(folder, 'reports'));
});

const TYPED: readonly (readonly [typed: string, becomes: RegExp])[] = [
  ['appro', /campusg-pay approvals/],
  ['payments list --curr', /--currency/],
  ['payments list --status REVER', /--status REVERTED/],
  ['completion zs', /[^(]campusg-pay completion zsh/],
  ['reconcile apply pl', /apply '?plan\\? of\\? today\.json/],
  ['reconcile --html repo', /--html reports\//],
  ['reconcile show 3 --html repo', /--html reports\//],
];

const shells = (['bash', 'zsh', 'fish'] as const).filter(
  (shell) => !missing.some((one) => one === shell),
);

describe.skipIf(!hasTerminal).each(shells)('at a real %s', (shell) => {
  it('completes commands, options, fixed values and file names', async () => {
    const { command, load } = SHELLS[shell];
    const line = ['env', `PATH=${folder}:${process.env.PATH}`, `HOME=${folder}`, ...command];
    const terminal = await runInTerminal(line, { env: {}, columns: 120, cwd: folder });
    // Only when it has said so has it read what came before.
    await terminal.type(`${load}; echo load''ed`);
    await terminal.press('Enter');
    await terminal.sees(/^loaded$/m);
    expect((await terminal.screen()).join('\n')).not.toContain('not found');
    for (const [typed, becomes] of TYPED) {
      await terminal.type(`campusg-pay ${typed}`);
      await terminal.press('Tab');
      await terminal.sees(becomes);
      // Not Ctrl-C: a terminal throws away what is typed while the shell answers it.
      await terminal.press('C-e', 'C-u');
    }
  });
});

describe('in bash', () => {
  const complete = async (...words: string[]) => {
    const typed = ['campusg-pay', ...words].map((word) => `'${word}'`).join(' ');
    const script = `cd '${folder}'; source <(campusg-pay completion bash)
      COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _campusg_pay; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return (await bash(`PATH='${folder}':$PATH; ${script}`)).trim().split('\n');
  };

  it.each([
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [
      ['payments', 'list', '--status', 'RE'],
      ['RELEASED', 'REVERTED'],
    ],
    [['reconcile', 'apply', 'pl'], ['plan of today.json']],
    [['reconcile', '--html', 'rep'], ['reports']],
    [['reconcile', '--html', '=', 'rep'], ['reports']],
    // What can't be known is not guessed at.
    [['payments', 'list', '--runner', ''], ['']],
    [['reconcile', 'apply', '--dr'], ['--dry-run']],
  ])('%j becomes %j', async (words, found) => {
    expect(await complete(...words)).toEqual(found);
  });
});
