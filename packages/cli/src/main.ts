#!/usr/bin/env node
import { createProgram } from './program.js';
import { EXIT } from './terminal/exit-codes.js';
import { readerLeft, tell } from './terminal/output.js';

/** A pipe whose reader has left (`| head -1`), and a terminal that was closed. */
const LEFT: readonly (string | undefined)[] = ['EPIPE', 'EIO'];

/** Time to write what went wrong. */
const LEAVE_MS = 1_000;

let unwritten: string | undefined;

// What was begun is still finished, and told no more.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (!LEFT.includes(code)) unwritten ??= code ?? message;
  readerLeft();
});
// Nobody is left who could be told.
process.stderr.on('error', () => {});

try {
  process.exitCode = await createProgram().run(process.argv);
} catch (error) {
  console.error('This is a bug in campusg-pay. Please report it with what follows:');
  // Of a URL that could not be read it is all of it, its password too.
  if (error instanceof Error) Reflect.deleteProperty(error, 'input');
  console.error(error);
  process.exitCode = EXIT.fault;
  // What the bug left open would keep the process for ever, and no supervisor would start it anew.
  setTimeout(() => process.exit(), LEAVE_MS).unref();
}

// By now it is known whether the last line was taken: writing fails a moment later.
process.on('beforeExit', () => {
  if (unwritten === undefined) return;
  process.exitCode = EXIT.fault;
  const why = unwritten;
  unwritten = undefined;
  tell(`The output could not be written (${why}): it is not complete.`);
});
