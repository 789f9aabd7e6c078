import {
  configFromEnvironment,
  type DescribedVariable,
  describeEnvironment,
  environmentWarnings,
} from '@campusg-pay/adapters';
import { EXIT } from '../../terminal/exit-codes.js';
import { print, printJson, tell, terminalWidth } from '../../terminal/output.js';
import { table } from '../../terminal/table.js';
import { explainConfig } from '../../wording/faults.js';
import { tellWarnings } from '../settings-warnings.js';

/** `campusg-pay config` */
export async function configCommand({ json }: { readonly json?: true }): Promise<number> {
  const described = describeEnvironment();
  if (described.isErr()) {
    tell(explainConfig(described.error));
    return EXIT.usage;
  }
  const { envFile, variables } = described.value;
  if (json) await printJson({ envFile, variables, warnings: environmentWarnings() });
  else await print(table(COLUMNS, variables, terminalWidth()));
  if (!json && envFile !== null) tell(`.env: ${envFile}`);
  if (!json) tellWarnings();
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
