import { describe } from 'vitest';
import { describeClaims } from './claims.js';
import { describeDirectory } from './directory.js';
import { describeLookups } from './lookups.js';
import type { ContractPorts } from './ports.js';
import { describeRecords } from './records.js';
import { describeRefunds } from './refunds.js';
import { describeRunners } from './runners.js';
import { describeSaves } from './saves.js';
import { describeTransfers } from './transfers.js';

/**
 * What any store of payments must do, said as tests of the ports alone.
 *
 * Every test makes its own ids, so the suite may run on a database that others use as well.
 *
 * @param makePorts called once per test; it may hand out the same ports every time
 */
export function describeRepositoryContract(
  name: string,
  makePorts: () => ContractPorts | Promise<ContractPorts>,
): void {
  const ports = async () => makePorts();
  describe(`${name} keeps the repository contract`, () => {
    describeClaims(ports);
    describeSaves(ports);
    describeRecords(ports);
    describeLookups(ports);
    describeDirectory(ports);
    describeRefunds(ports);
    describeTransfers(ports);
    describeRunners(ports);
  });
}
