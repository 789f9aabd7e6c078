import { err, ok, type Result } from 'neverthrow';
import { type Failure, invalid, notImplemented } from '../model/failure.js';
import { MAX_KEYS, type MetadataPatch, TOO_MANY_KEYS } from '../model/metadata.js';
import { emptyTree, type Param, type ParamTree } from './form.js';
import { choicesOf, emptyMessage, unknownParameters } from './reader-wording.js';

interface Findings {
  first: Failure | undefined;
  readonly unknown: string[];
  readonly readers: Reader[];
}

/**
 * Reads the parameters of one request by name and type. The first problem is kept and reading goes
 * on with a harmless value, so that a route lists its parameters without branches; `finish` gives
 * the problem. A parameter that nobody asked for is unknown, and refused as Stripe refuses it.
 */
export class Reader {
  readonly #tree: ParamTree;
  readonly #prefix: string;
  readonly #findings: Findings;
  readonly #asked = new Set<string>();

  constructor(tree: ParamTree, prefix = '', findings?: Findings) {
    this.#tree = tree;
    this.#prefix = prefix;
    this.#findings = findings ?? { first: undefined, unknown: [], readers: [] };
    this.#findings.readers.push(this);
  }

  /** Gives `value` when every parameter was sound and known. */
  finish<T>(value: T): Result<T, Failure> {
    for (const reader of this.#findings.readers) reader.#collectUnknown();
    const { unknown, first } = this.#findings;
    if (unknown.length > 0) return err(unknownParameters(unknown));
    return first === undefined ? ok(value) : err(first);
  }

  /** Keeps the first problem found. */
  refuse(message: string, name: string, code?: string): void {
    const param = this.#name(name);
    this.#findings.first ??= invalid(message, code === undefined ? { param } : { code, param });
  }

  has(name: string): boolean {
    return this.#tree[name] !== undefined;
  }

  /** Whether it was sent as one value, not as named parts. */
  isScalar(name: string): boolean {
    return typeof this.#tree[name] === 'string';
  }

  /** Parameters that Stripe knows and the sandbox does not: refused, never quietly ignored. */
  notBuilt(...names: readonly string[]): void {
    for (const name of names) {
      this.#asked.add(name);
      if (this.has(name)) this.lacks(`the parameter ${this.#name(name)}`, name);
    }
  }

  /** Keeps it as the first problem that Stripe would have taken this, and the sandbox does not. */
  lacks(what: string, name: string): void {
    this.#findings.first ??= notImplemented(what, this.#name(name));
  }

  /** One of the values that the sandbox knows; `others` are Stripe's as well. */
  builtOf<T extends string>(
    name: string,
    values: readonly T[],
    others: readonly string[],
  ): T | undefined {
    const value = this.#tree[name];
    if (typeof value !== 'string' || !others.includes(value)) return this.oneOf(name, values);
    this.#asked.add(name);
    this.lacks(`${this.#name(name)} ${value}`, name);
    return undefined;
  }

  /** Parameters that change nothing here (`use_stripe_sdk`). */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** Text that can't be empty. */
  text(name: string, { max = 5000 }: { max?: number } = {}): string | undefined {
    const value = this.#scalar(name);
    if (value === undefined) return undefined;
    if (value === '') {
      this.refuse(emptyMessage(this.#name(name)), name, 'parameter_invalid_empty');
      return undefined;
    }
    return this.#bounded(name, value, max);
  }

  required(name: string, options: { max?: number } = {}): string {
    if (!this.has(name)) this.#missing(name);
    return this.text(name, options) ?? '';
  }

  /** Text that an empty value removes (null). */
  clearable(name: string, { max = 5000 }: { max?: number } = {}): string | null | undefined {
    const value = this.#scalar(name);
    if (value === undefined) return undefined;
    return value === '' ? null : this.#bounded(name, value, max);
  }

  integer(name: string, bounds: { min?: number; max?: number } = {}): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^[+-]?\d{1,15}$/.test(value)) {
      this.refuse(`Invalid integer: ${value}`, name, 'parameter_invalid_integer');
      return undefined;
    }
    const number = Number(value);
    const { min, max } = bounds;
    if (min !== undefined && number < min) {
      const message = `This value must be greater than or equal to ${min}.`;
      this.refuse(message, name, 'parameter_invalid_integer');
    } else if (max !== undefined && number > max) {
      const message = `This value must be less than or equal to ${max} (it currently is '${number}').`;
      this.refuse(message, name, 'parameter_invalid_integer');
    }
    return number;
  }

  requiredInteger(name: string): number {
    if (!this.has(name)) this.#missing(name);
    return this.integer(name) ?? 0;
  }

  boolean(name: string): boolean | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    // Older SDKs send them as Python writes them.
    const said = value === 'True' || value === 'False' ? value.toLowerCase() : value;
    if (said !== 'true' && said !== 'false') this.refuse(`Invalid boolean: ${value}`, name);
    return said === 'true';
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const found = values.find((each) => each === value);
    if (found === undefined) {
      this.refuse(`Invalid ${this.#name(name)}: must be one of ${choicesOf(values)}`, name);
    }
    return found;
  }

  /** A list of texts, sent as `name[]=`, `name[0]=`. */
  list(name: string): readonly string[] | undefined {
    this.#asked.add(name);
    const value = this.#tree[name];
    if (value === undefined) return undefined;
    if (typeof value === 'string') {
      this.refuse('Invalid array', name);
      return undefined;
    }
    const items: string[] = [];
    for (const item of Object.values(value)) {
      if (typeof item === 'string') items.push(item);
      else this.refuse('Invalid string: {}', name);
    }
    return items;
  }

  /** The parameters inside `name[...]`; empty ones when it was not sent. */
  inside(name: string): Reader {
    this.#asked.add(name);
    const value = this.#tree[name];
    if (typeof value === 'string' && value !== '') this.refuse('Invalid object', name);
    const tree = typeof value === 'object' ? value : emptyTree();
    return new Reader(tree, this.#name(name), this.#findings);
  }

  metadata(): MetadataPatch | undefined {
    this.#asked.add('metadata');
    const value = this.#tree.metadata;
    if (value === undefined) return undefined;
    if (value === '') return null;
    if (typeof value === 'string') {
      this.refuse('Invalid object', 'metadata');
      return undefined;
    }
    const patch: Record<string, string | null> = {};
    for (const [key, item] of Object.entries(value)) {
      const problem = metadataProblem(key, item);
      if (problem !== undefined) this.refuse(problem, `metadata[${key}]`);
      else patch[key] = item === '' ? null : String(item);
    }
    if (Object.keys(patch).length > MAX_KEYS) this.refuse(TOO_MANY_KEYS, 'metadata');
    return patch;
  }

  #scalar(name: string): string | undefined {
    this.#asked.add(name);
    const value: Param | undefined = this.#tree[name];
    if (value === undefined || typeof value === 'string') return value;
    this.refuse(`Invalid string: ${JSON.stringify(value)}`, name);
    return undefined;
  }

  #bounded(name: string, value: string, max: number): string {
    // Stripe counts characters as people do; UTF-16 units would count an emoji twice.
    if (value.length > max && [...value].length > max) {
      const shown = `${value.slice(0, 12)}...`;
      this.refuse(`Invalid string: ${shown}; must be at most ${max} characters`, name);
    }
    return value;
  }

  #missing(name: string): void {
    this.refuse(`Missing required param: ${this.#name(name)}.`, name, 'parameter_missing');
  }

  #name(name: string): string {
    if (this.#prefix === '') return name;
    const bracket = name.indexOf('[');
    return bracket < 0
      ? `${this.#prefix}[${name}]`
      : `${this.#prefix}[${name.slice(0, bracket)}]${name.slice(bracket)}`;
  }

  #collectUnknown(): void {
    for (const name of Object.keys(this.#tree)) {
      if (!this.#asked.has(name)) this.#findings.unknown.push(this.#name(name));
    }
  }
}

function metadataProblem(key: string, item: Param): string | undefined {
  if (typeof item !== 'string') return `Invalid string: ${JSON.stringify(item)}`;
  if ([...key].length > 40) {
    return `Metadata keys can be up to 40 characters long; the key ${key} has ${key.length}.`;
  }
  if ([...item].length > 500) {
    return `Metadata values can have up to 500 characters, but you passed in a value that is ${item.length} characters. Invalid value: ${item}`;
  }
  return undefined;
}
