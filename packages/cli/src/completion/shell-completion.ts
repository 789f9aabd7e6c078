import type { Command, Option } from 'commander';
import { bash } from './bash.js';
import type { Node, ValueHint, Word } from './command-nodes.js';
import { fish } from './fish.js';
import { zsh } from './zsh.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that a shell reads to complete our commands and options, from the tree of commands. */
export function completionFor(shell: Shell, tree: Command): string {
  const nodes = nodesOf(tree, '');
  return { bash, zsh, fish }[shell](nodes);
}

function nodesOf(one: Command, path: string): Node[] {
  const help = one.createHelp();
  const below = help.visibleCommands(one).filter((child) => child.name() !== 'help');
  const words = [
    ...below.map((child) => ({ text: child.name(), says: child.description(), value: null })),
    ...help.visibleOptions(one).map(wordOf),
  ];
  const [argument] = one.registeredArguments;
  const children = below.flatMap((child) =>
    nodesOf(child, path === '' ? child.name() : `${path} ${child.name()}`),
  );
  const about = argument === undefined ? null : kindOf(argument.name(), argument.argChoices);
  return [{ path, words, argument: about }, ...children];
}

function wordOf({ long, short, description, flags, required, argChoices }: Option): Word {
  // One that may stand alone is more often followed by another option.
  const [, name = ''] = required ? (/<(\w+)/.exec(flags) ?? []) : [];
  const value = required ? kindOf(name, argChoices) : null;
  return { text: long ?? short ?? '', says: description, value };
}

function kindOf(name: string, choices: readonly string[] | undefined): ValueHint {
  return choices ?? (name === 'file' ? 'file' : 'anything');
}
