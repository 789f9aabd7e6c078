/** A variable's text with what is secret in it left out. */
export function masked(variable: string, text: string): string {
  if (variable === 'API_KEYS') return listOf(text).map(nameOnly).join(',');
  if (/SECRET|PASSWORD|TOKEN/.test(variable)) return listOf(text).map(kindOnly).join(',');
  // Public, but a page long.
  if (variable === 'KAFKA_SSL_CA') return 'certificates';
  return URL.canParse(text) ? withoutPassword(text) : text;
}

const HIDDEN = '****';

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

/** Of a URL: Postgres takes passwords in its query too. */
function withoutPassword(text: string): string {
  const url = new URL(text);
  const secret = [...url.searchParams.keys()].filter((name) => /password|secret|token/i.test(name));
  if (url.password === '' && secret.length === 0) return text;
  if (url.password !== '') url.password = HIDDEN;
  for (const name of secret) url.searchParams.set(name, HIDDEN);
  return url.href;
}
