import { shownAddress } from '../postgres/connection/database-address.js';

/** A variable's text with what is secret in it left out. */
export function masked(variable: string, text: string): string {
  if (variable === 'API_KEYS') return listOf(text).map(nameOnly).join(',');
  if (/SECRET|PASSWORD|TOKEN/.test(variable)) return listOf(text).map(kindOnly).join(',');
  // Public, but a page long.
  if (variable === 'KAFKA_SSL_CA') return 'certificates';
  if (variable === 'DATABASE_URL') return shownAddress(text) ?? HIDDEN;
  return addressOf(text) ?? (mayHoldSecret(variable, text) ? HIDDEN : text);
}

/** Longer than any number or word that is a value of ours; shorter than any secret. */
const HARMLESS = 8;

/** The same for a text that breaks the variable's rule: it may be anything, pasted into the wrong line. */
export function maskedMalformed(variable: string, text: string): string {
  const shown = masked(variable, text);
  return shown === text && text.length > HARMLESS ? HIDDEN : shown;
}

const HIDDEN = '****';

/** A key of Stripe's wherever it stands: the publishable one and the secret one lie side by side. */
const STRIPE_SECRET = /(?:[sr]k_(?:live|test)|whsec)_/i;

function listOf(text: string): string[] {
  return text.split(',').map((one) => one.trim());
}

/** `order-service:****`; what has no name is hidden as a whole. */
function nameOnly(key: string): string {
  const colon = key.indexOf(':');
  return colon < 1 ? HIDDEN : `${key.slice(0, colon)}:${HIDDEN}`;
}

/** `sk_test_****`, `whsec_****`: enough to see which kind and mode it is. */
function kindOnly(secret: string): string {
  const [kind = ''] = /^(?:[a-z]{2}_(?:test|live)_|whsec_)/.exec(secret) ?? [];
  return `${kind}${HIDDEN}`;
}

/** What can't be read as an address may have its password anywhere. */
function mayHoldSecret(variable: string, text: string): boolean {
  return (
    /_(?:URL|BASE)$/.test(variable) ||
    /@|password|secret|token/i.test(text) ||
    STRIPE_SECRET.test(text)
  );
}

/** An address without its password, or null for what is none, or has one where none belongs. */
function addressOf(text: string): string | null {
  const url = /^[a-z][\w+.-]*:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
  return url === null || /@/.test(url.pathname + url.hash) ? null : withoutPassword(url, text);
}

/** Postgres takes passwords in its query too. */
function withoutPassword(url: URL, text: string): string {
  const secret = [...url.searchParams.keys()].filter((name) => /password|secret|token/i.test(name));
  if (url.password === '' && secret.length === 0) return text;
  if (url.password !== '') url.password = HIDDEN;
  for (const name of secret) url.searchParams.set(name, HIDDEN);
  return url.href;
}
