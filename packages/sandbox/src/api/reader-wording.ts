import { type Failure, invalid } from '../model/failure.js';

/** Why a parameter can't be empty. */
export function emptyMessage(name: string): string {
  return `You passed an empty string for '${name}'. We assume empty values are an attempt to unset a parameter; however '${name}' cannot be unset. You should remove '${name}' from your request or supply a non-empty value.`;
}

/** `a, b, or c`. */
export function choicesOf(values: readonly string[]): string {
  const last = values.at(-1) ?? '';
  return values.length < 3 ? values.join(' or ') : `${values.slice(0, -1).join(', ')}, or ${last}`;
}

/** Refuses parameters that nobody knows. */
export function unknownParameters(names: readonly string[]): Failure {
  const noun = names.length === 1 ? 'parameter' : 'parameters';
  const message = `Received unknown ${noun}: ${names.join(', ')}`;
  return invalid(message, { code: 'parameter_unknown', param: names[0] ?? '' });
}
