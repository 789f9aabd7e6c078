import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, longest first. */
const LONG = [
  'adapters/test/matrix/matrix.test.ts',
  'adapters/test/kafka/crash.test.ts',
  'cli/test/screens.test.ts',
  'cli/test/look.test.ts',
  'cli/test/reconcile.test.ts',
  'adapters/test/kafka/commands.test.ts',
  'cli/test/act.test.ts',
  'http/test/e2e/kafka-absent.test.ts',
  'cli/test/demo.test.ts',
  'cli/test/kafka-backlogs.test.ts',
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
