/** One part of an object that somebody sends. */
export interface Part {
  /** What it must be, to end the sentence "x must be ...". */
  readonly rule: string;
  readonly allows: (value: unknown) => boolean;
  readonly optional?: true;
}

export type Shape = Readonly<Record<string, Part>>;

export function optional(part: Part): Part {
  return { ...part, optional: true };
}

export function oneOf(...values: readonly string[]): Part {
  return { rule: values.join(' or '), allows: (value) => values.some((each) => each === value) };
}

export function nullOr(part: Part): Part {
  return { rule: `${part.rule}, or null`, allows: (value) => value === null || part.allows(value) };
}

export const TEXT: Part = { rule: 'text', allows: (value) => typeof value === 'string' };
export const FLAG: Part = {
  rule: 'true or false',
  allows: (value) => typeof value === 'boolean',
};
export const MILLISECONDS: Part = {
  rule: 'a number of milliseconds, 0 or more',
  allows: (value) => typeof value === 'number' && value >= 0,
};

export function wholeFrom(least: number): Part {
  return {
    rule: `a whole number, ${least} or more`,
    allows: (value) => Number.isSafeInteger(value) && Number(value) >= least,
  };
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const METADATA: Part = {
  rule: 'an object of texts',
  allows: (value) =>
    isObject(value) && Object.values(value).every((each) => typeof each === 'string'),
};

/** The first thing that is wrong with an object; a misspelt part would be passed over in silence. */
export function shapeProblem(
  value: Readonly<Record<string, unknown>>,
  { of: shape, what }: { of: Shape; what: string },
): string | undefined {
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(shape, name)) return `unknown part of ${what}: ${name}`;
  }
  for (const [name, part] of Object.entries(shape)) {
    const given = value[name];
    if (given === undefined && part.optional) continue;
    if (!part.allows(given)) return `${what}: ${name} must be ${part.rule}`;
  }
  return undefined;
}
