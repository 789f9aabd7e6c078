#!/usr/bin/env node
import { createProgram } from './program.js';

// Whoever read the output may have left (`| head -1`). What was begun is still finished.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exitCode = await createProgram().run(process.argv);
