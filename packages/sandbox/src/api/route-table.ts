import { accountRoutes } from '../model/account.js';
import { chargeRoutes } from '../model/charges.js';
import { customerRoutes } from '../model/customers.js';
import { eventRoutes } from '../model/events.js';
import { intentRoutes } from '../model/payment-intents.js';
import { methodRoutes } from '../model/payment-methods.js';
import { refundRoutes } from '../model/refunds.js';
import { endpointRoutes } from '../webhooks/webhook-endpoints.js';
import type { PathIds, Route } from './routes.js';

/** All that the sandbox implements. Everything else is an unknown route, and loud. */
const ROUTES = [
  ...intentRoutes,
  ...chargeRoutes,
  ...refundRoutes,
  ...customerRoutes,
  ...methodRoutes,
  ...eventRoutes,
  ...endpointRoutes,
  ...accountRoutes,
].map((route) => ({ route, parts: route.path.split('/') }));

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The route that a request names, with the ids in its path. */
export function findRoute(
  method: string,
  path: string,
): { readonly route: Route; readonly ids: PathIds } | undefined {
  const given = path.split('/');
  for (const { route, parts } of ROUTES) {
    if (route.method !== method || parts.length !== given.length) continue;
    const ids: Record<string, string> = {};
    const fits = parts.every((part, at) => {
      const text = given[at] ?? '';
      if (!part.startsWith(':')) return part === text;
      ids[part.slice(1)] = decoded(text);
      return text !== '';
    });
    if (fits) return { route, ids };
  }
  return undefined;
}
