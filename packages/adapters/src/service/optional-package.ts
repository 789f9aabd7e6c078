import { err, ok, type Result } from 'neverthrow';
import { isMissing } from '../missing-package.js';

/** A package that only some need, and that is not installed here. */
export interface NotInstalled {
  readonly type: 'NotInstalled';
  readonly package: string;
  /** What needs it, as a sentence begins: `Kafka`. */
  readonly neededBy: string;
}

/**
 * Loads what only some need and install. Anything but the package's absence is a bug, and thrown.
 *
 * @param load a dynamic import of a module of ours that imports the package
 */
export async function loadOptional<Module>(
  wanted: Omit<NotInstalled, 'type'>,
  load: () => Promise<Module>,
): Promise<Result<Module, NotInstalled>> {
  try {
    return ok(await load());
  } catch (error) {
    if (!isMissing(error, wanted.package)) throw error;
    return err({ type: 'NotInstalled', ...wanted });
  }
}

/**
 * {@link loadOptional} that tries once and remembers what came of it: in CommonJS a module of ours that
 * was left while it began would seem to be there the second time, empty.
 */
export function optionalPackage<Module>(
  wanted: Omit<NotInstalled, 'type'>,
  load: () => Promise<Module>,
): () => Promise<Result<Module, NotInstalled>> {
  let loaded: Promise<Result<Module, NotInstalled>> | null = null;
  return () => {
    loaded ??= loadOptional(wanted, load);
    return loaded;
  };
}
