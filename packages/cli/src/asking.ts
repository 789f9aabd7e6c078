/** Whether there is a person to ask: questions are read from stdin and shown on stderr. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Yes or no; null when it was answered with Ctrl-C. */
export async function askYesNo(message: string): Promise<boolean | null> {
  return ask<boolean>({ type: 'confirm', message, default: false });
}

/** A line of text that is not empty; null when it was answered with Ctrl-C. */
export async function askText(
  message: string,
  problemOf: (text: string) => string | null,
): Promise<string | null> {
  return ask<string>({
    ...{ type: 'input', message },
    validate: (text: string) => problemOf(text) ?? true,
  });
}

/** One of several; null when it was answered with Ctrl-C. */
export async function askChoice<Value extends string>(
  message: string,
  choices: readonly { readonly name: string; readonly value: Value }[],
): Promise<Value | null> {
  return ask<Value>({ type: 'select', message, choices: [...choices] });
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

async function ask<Answer>(question: Question): Promise<Answer | null> {
  const { default: inquirer } = await import('inquirer');
  // Stdout is for what was asked for; a question is not.
  const prompt = inquirer.createPromptModule({ input: process.stdin, output: process.stderr });
  try {
    const { answer } = await prompt<{ answer: Answer }>([{ ...question, name: 'answer' }]);
    return answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') return null;
    throw error;
  }
}
