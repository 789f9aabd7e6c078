import { startEmbeddedPostgres } from '../../src/postgres/embedded/embedded.js';

/**
 * A program of its own that runs a database until it is killed: it tells its parent what it got and
 * then, like a careless caller, never closes it.
 */
const [dataDir = ''] = process.argv.slice(2);
const started = await startEmbeddedPostgres({ dataDir });
process.send?.(started.isOk() ? { started: started.value } : { refused: started.error });
setInterval(() => {}, 60_000);
