import type { Key } from 'node:readline';
import { printable } from './printable.js';
import { endOnSignal } from './signals.js';

/** Whether there is a person to ask: questions are read from stdin and shown on stderr. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Yes or no; null when it was left, as by Ctrl-C. */
export async function askYesNo(message: string): Promise<boolean | null> {
  return ask<boolean>({ type: 'confirm', message: printable(message), default: false });
}

/** A line of text that is not empty; null when it was left, as by Ctrl-C. */
export async function askText(
  message: string,
  problemOf: (text: string) => string | null,
): Promise<string | null> {
  return ask<string>({
    type: 'input',
    message: printable(message),
    validate: (text: string) => problemOf(text) ?? true,
  });
}

/** One of several; null when it was left, as by Ctrl-C. */
export async function askChoice<Value extends string>(
  message: string,
  choices: readonly { readonly name: string; readonly value: Value }[],
): Promise<Value | null> {
  const shown = choices.map(({ name, value }) => ({ name: printable(name), value }));
  return ask<Value>({ type: 'select', message: printable(message), choices: shown });
}

type Question =
  | { readonly type: 'confirm'; readonly message: string; readonly default: boolean }
  | {
      readonly type: 'input';
      readonly message: string;
      readonly validate: (text: string) => string | true;
    }
  | {
      readonly type: 'select';
      readonly message: string;
      readonly choices: { readonly name: string; readonly value: string }[];
    };

/** Left by Ctrl-C, Ctrl-D, a signal, or because there is no terminal any more: it answers null. */
async function ask<Answer>(question: Question): Promise<Answer | null> {
  const ending = endOnSignal();
  const { default: inquirer } = await import('inquirer');
  // A prompt that is begun with an aborted signal would go on reading.
  if (ending.aborted) return null;
  const { stdin: input, stderr: output } = process;
  const left = new AbortController();
  const leave = () => left.abort();
  // On Ctrl-D readline closes, and the prompt would wait for an answer that can't come any more.
  const onKey = (_: string | undefined, { ctrl, name }: Key) => {
    if (ctrl && name === 'd') leave();
  };
  input.on('keypress', onKey).on('end', leave).on('close', leave);
  // Stdout is for what was asked for; a question is not.
  const signal = AbortSignal.any([ending, left.signal]);
  const prompt = inquirer.createPromptModule({ input, output, signal });
  try {
    const { answer } = await prompt<{ answer: Answer }>([{ ...question, name: 'answer' }]);
    return answer;
  } catch (error) {
    if (error instanceof Error && LEFT.includes(error.name)) return null;
    throw error;
  } finally {
    input.off('keypress', onKey).off('end', leave).off('close', leave);
  }
}

/** How inquirer says that it has no answer. */
const LEFT: readonly string[] = ['ExitPromptError', 'AbortPromptError'];
