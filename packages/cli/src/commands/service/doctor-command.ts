import {
  type Check,
  checkUp,
  configFromEnvironment,
  environmentWarnings,
} from '@campusg-pay/adapters';
import { createLogger } from '../../logging/logger.js';
import { EXIT } from '../../terminal/exit-codes.js';
import { wrapBehind } from '../../terminal/line-wrap.js';
import {
  clean,
  paint,
  print,
  printJsonLine,
  type Style,
  tell,
  terminalWidth,
} from '../../terminal/output.js';
import { endOnSignal } from '../../terminal/signals.js';

/** `campusg-pay doctor` */
export async function doctorCommand({ json }: { readonly json?: true }): Promise<number> {
  const ending = endOnSignal();
  const log = createLogger({ level: 'silent', readable: false, stderr: true });
  const counts = { ok: 0, warn: 0, fail: 0 };
  const config = configFromEnvironment();
  for await (const check of checkUp(config, log, environmentWarnings())) {
    if (ending.aborted) return EXIT.interrupted;
    counts[check.state] += 1;
    if (json) await printJsonLine(check);
    else await show(check);
  }
  const { warn, fail } = counts;
  if (fail > 0) tell(fail === 1 ? 'One thing must be mended.' : `${fail} things must be mended.`);
  else tell(warn > 0 ? 'It works; see the warnings.' : 'All is well.');
  if (config.isErr()) return EXIT.usage;
  return fail > 0 ? EXIT.fault : EXIT.ok;
}

const STYLES: Readonly<Record<Check['state'], Style>> = {
  ok: 'green',
  warn: 'yellow',
  fail: 'red',
};

async function show({ name, state, found, fix }: Check): Promise<void> {
  const columns = terminalWidth();
  const start = `${paint(STYLES[state], state.padEnd(4))}  ${name.padEnd(14)}  `;
  const from = 4 + 2 + 14 + 2;
  await print(wrapBehind(start, clean(found), { columns, from }));
  if (fix !== null)
    await print(wrapBehind(' '.repeat(from), clean(`-> ${fix}`), { columns, from }));
}
