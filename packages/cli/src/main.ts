#!/usr/bin/env node
import { EXIT } from './exit.js';
import { readerLeft } from './output.js';
import { createProgram } from './program.js';

// Whoever read the output may have left (`| head -1`). What was begun is still finished.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (stream === process.stdout) readerLeft();
  });
}

try {
  process.exitCode = await createProgram().run(process.argv);
} catch (error) {
  console.error('This must not be. Please report it:');
  console.error(error);
  process.exitCode = EXIT.fault;
}
