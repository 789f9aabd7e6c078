import {
  configFromEnvironment,
  type DescribedVariable,
  describeConfig,
} from '@campusg-pay/adapters';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, tell, terminalWidth } from '../../terminal/output.js';
import { table } from '../../terminal/table.js';
import { explainConfig } from '../../wording/faults.js';

/** `campusg-pay config` */
export async function configCommand({ json }: { readonly json?: true }): Promise<number> {
  const variables = describeConfig();
  if (json) await printJson({ variables });
  else await print(table(COLUMNS, variables, terminalWidth()));
  const config = configFromEnvironment();
  if (config.isOk()) return EXIT.ok;
  tell(explainConfig(config.error));
  return EXIT.usage;
}

const COLUMNS = [
  { title: 'VARIABLE', value: ({ variable }: DescribedVariable) => variable },
  {
    title: 'VALUE',
    value: ({ value }: DescribedVariable) => value ?? '-',
    least: 16,
  },
  {
    title: 'FROM',
    value: ({ source }: DescribedVariable) => source,
    style: ({ source }: DescribedVariable) => (source === 'default' ? 'gray' : undefined),
  },
] as const;
