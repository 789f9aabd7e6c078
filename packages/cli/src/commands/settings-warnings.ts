import { environmentWarnings } from '@campusg-pay/adapters';
import { clean, tell } from '../terminal/output.js';
import { explainWarnings } from '../wording/faults.js';

/** Tells what is set for this process and does not do what it seems to. */
export function tellWarnings(): void {
  for (const line of explainWarnings(environmentWarnings())) tell(clean(line));
}
