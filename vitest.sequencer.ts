import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, longest first. */
const LONG = [
  'adapters/test/kafka/relay-crash.long.int.test.ts',
  'adapters/test/matrix/fault-matrix.long.int.test.ts',
  'cli/test/terminal-screens.long.e2e.test.ts',
  'cli/test/payment-acts.long.e2e.test.ts',
  'cli/test/reconcile.e2e.test.ts',
  'adapters/test/kafka/command-consumer.int.test.ts',
  'adapters/test/kafka/command-consumer-outages.long.int.test.ts',
  'cli/test/payment-views.long.e2e.test.ts',
  'cli/test/serve.e2e.test.ts',
  'http/test/e2e/kafka-absent.long.e2e.test.ts',
  'cli/test/kafka-backlogs.long.e2e.test.ts',
  'http/test/e2e/lost-answers.long.e2e.test.ts',
];

/** The long files first: one that began last would keep everybody waiting, with a worker idle. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const others = await super.sort(files);
    const place = ({ moduleId }: TestSpecification) => {
      const found = LONG.findIndex((file) => moduleId.endsWith(`/packages/${file}`));
      return found === -1 ? LONG.length : found;
    };
    return others.toSorted((one, other) => place(one) - place(other));
  }
}
