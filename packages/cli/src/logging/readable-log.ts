import { styleText } from 'node:util';
import { printable } from '../terminal/printable.js';

type Facts = Readonly<Record<string, unknown>>;
type Paint = (colour: 'gray' | 'red' | 'yellow', text: string) => string;

/**
 * One JSON line of the log as a person at a terminal reads it; what only machines need is left out:
 *
 *     13:56:21.109  POST /api/payment/order_1/authorize 200 in 54 ms
 *     13:56:21.112  event payment.authorized  orderId=order_1
 *     13:56:22.000  WARN stripe call failed  call=capture outcome=GatewayUnavailable
 *
 * Values can't break out of their line or command the terminal.
 */
export function readable(json: string, { colours }: { readonly colours: boolean }): string {
  const paint: Paint = colours ? styleText : (_colour, text) => text;
  const facts: Facts = JSON.parse(json);
  const { level, time, msg, err } = facts;
  const at = new Date(String(time));
  const clock = `${at.toTimeString().slice(0, 8)}.${at.toISOString().slice(20, 23)}`;
  const line = msg === 'request' ? request(facts) : msg === 'event' ? event(facts) : other(facts);
  return `${paint('gray', clock)}  ${levelled(Number(level), { line, paint })}${stackOf(err)}\n`;
}

function request(facts: Facts): string {
  const { level, method, route, status, durationMs, orderId, requestId, paymentId, ...more } =
    facts;
  // Enough to find the payment by; ids are long, and most requests need nothing more.
  const path =
    orderId === undefined
      ? shown(route ?? '(no such endpoint)')
      : shown(route).replace(':order_id', () => shown(orderId));
  const said = `${shown(method)} ${path} ${status} in ${Math.round(Number(durationMs))} ms`;
  const trouble = Number(level) >= 40 ? { ...more, requestId } : more;
  return [said, ...named(trouble)].join('  ');
}

function event({ event: name, ...facts }: Facts): string {
  const { orderId, failureCode, declineCode, revertMethod, reason, review } = facts;
  const told = { orderId, failureCode, declineCode, revertMethod, reason, review };
  return [`event ${shown(name)}`, ...named(told)].join('  ');
}

function other({ msg, ...more }: Facts): string {
  return [shown(msg), ...named(more)].join('  ');
}

/** `name=value` of everything that is not said elsewhere in the line. */
function named({ level, time, service, msg, err, ...facts }: Facts): string[] {
  return Object.entries(facts)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}=${shown(value)}`);
}

function levelled(level: number, { line, paint }: { line: string; paint: Paint }): string {
  if (level >= 50) return paint('red', `ERROR ${line}`);
  if (level >= 40) return paint('yellow', `WARN ${line}`);
  return level >= 30 ? line : paint('gray', line);
}

/** On lines of their own: the stack, or for an expected failure what it says. */
function stackOf(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { stack, message }: Facts = { ...err };
  const lines = String(stack || message || JSON.stringify(err)).split('\n');
  return lines.map((line) => `\n    ${shown(line)}`).join('');
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return printable(text ?? '');
}
