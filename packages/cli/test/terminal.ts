import { execFile, execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll } from 'vitest';
import { newFolder, program, until } from './cli.js';

const run = promisify(execFile);

/** A terminal that tests can drive: tmux, which draws the screen as a person sees it. */
export const hasTerminal = (() => {
  try {
    execFileSync('tmux', ['-V']);
    return true;
  } catch {
    return false;
  }
})();
if (!hasTerminal) {
  if (process.env.CI) throw new Error('CI needs tmux for the tests at a terminal');
  console.warn('tmux is not installed: the tests at a terminal are left out');
}

/** A server of our own, so that nobody's session is touched. */
const socket = `campusg-pay-${randomUUID().slice(0, 8)}`;
/** Without what decides on colours where the tests run, so that only a test's own settings do. */
const { NO_COLOR: _off, FORCE_COLOR: _on, ...surroundings } = process.env;
const tmux = (...args: string[]) =>
  run('tmux', ['-L', socket, '-f', '/dev/null', ...args], { env: surroundings });

afterAll(async () => {
  // Without a session there is no server either.
  await tmux('kill-server').catch(() => {});
});

export interface Terminal {
  /** What is to be seen, line by line, without the empty end; with its colours by the flag `-e`. */
  screen(...flags: string[]): Promise<string[]>;
  /** Presses keys, as tmux names them: `y`, `Enter`, `C-c`. */
  press(...keys: string[]): Promise<void>;
  /** Types text. */
  type(text: string): Promise<void>;
  /** Waits until something is to be seen. */
  sees(pattern: RegExp): Promise<void>;
  /** Sends the command a signal. */
  signal(name: NodeJS.Signals): Promise<void>;
  /** Waits for the end of the command; tells its exit code. */
  ended(): Promise<number>;
  /** Every byte that the terminal was sent, as text. */
  received(): Promise<string>;
  /** Whether a line was longer than the terminal is wide, so that it went on in the next. */
  isBroken(): Promise<boolean>;
}

interface Setting {
  readonly env: Readonly<Record<string, string>>;
  readonly columns: number;
  readonly cwd?: string;
}

/** Runs a command in a terminal of this width. */
export function inTerminal(args: readonly string[], setting: Setting): Promise<Terminal> {
  return runInTerminal([process.execPath, program, ...args], setting);
}

/** Runs another program in one. */
export async function runInTerminal(
  command: readonly string[],
  { env, columns, cwd = tmpdir() }: Setting,
): Promise<Terminal> {
  const name = `t${randomUUID().slice(0, 8)}`;
  const settings = Object.entries({ ...env, TZ: 'UTC', TERM: 'screen-256color' });
  const line = command.map(quoted).join(' ');
  // The terminal stays after the command's end, so that the last screen can be read.
  const tape = join(await newFolder(), 'received');
  // It begins once what the terminal gets is written down.
  const shell = `until [ -e ${quoted(tape)} ]; do sleep 0.01; done; ${line}; printf '\\n[ended %s]\\n' $?; exec sleep 600`;
  await tmux(
    'new-session',
    '-d',
    '-s',
    name,
    '-x',
    String(columns),
    '-y',
    '60',
    '-c',
    cwd,
    ...settings.flatMap(([variable, value]) => ['-e', `${variable}=${value}`]),
    shell,
  );
  await tmux('pipe-pane', '-t', name, `cat > ${quoted(tape)}`);
  const capture = async (...flags: string[]) => {
    const { stdout } = await tmux('capture-pane', '-p', '-t', name, ...flags);
    return stdout.trimEnd().split('\n');
  };
  const screen = capture;
  const sees = async (pattern: RegExp) => {
    let seen = '';
    const isThere = async () => {
      seen = (await screen()).join('\n');
      return pattern.test(seen);
    };
    await until(isThere).catch(() => {
      throw new Error(`${pattern} was not to be seen; the screen says:\n${seen}`);
    });
  };
  return {
    screen,
    sees,
    press: async (...keys) => {
      await tmux('send-keys', '-t', name, ...keys);
    },
    type: async (text) => {
      await tmux('send-keys', '-t', name, '-l', text);
    },
    signal: async (signal) => {
      const shellOf = await tmux('display-message', '-p', '-t', name, '#{pane_pid}');
      const { stdout } = await run('pgrep', ['-P', shellOf.stdout.trim()]);
      process.kill(Number(stdout.trim()), signal);
    },
    ended: async () => {
      await sees(/\[ended \d+\]/);
      const [, code] = /\[ended (\d+)\]/.exec((await screen()).join('\n')) ?? [];
      return Number(code);
    },
    received: () => readFile(tape, 'utf8'),
    // With -J tmux joins again what it had to break.
    isBroken: async () => (await capture('-J')).length !== (await capture()).length,
  };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
