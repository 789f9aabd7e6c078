import { accountRoutes } from './resources/account-routes.js';
import { balanceRoutes } from './resources/balance-routes.js';
import { chargeRoutes } from './resources/charge-routes.js';
import { connectedAccountRoutes } from './resources/connected-account-routes.js';
import { customerRoutes } from './resources/customer-routes.js';
import { disputeRoutes } from './resources/dispute-routes.js';
import { endpointRoutes } from './resources/endpoint-routes.js';
import { eventRoutes } from './resources/event-routes.js';
import { intentRoutes } from './resources/intent-routes.js';
import { methodRoutes } from './resources/method-routes.js';
import { refundRoutes } from './resources/refund-routes.js';
import { sourceRoutes } from './resources/source-routes.js';
import { transferRoutes } from './resources/transfer-routes.js';
import type { PathIds, Route } from './route.js';

/** All that the sandbox implements. Anything else is a 404 and a warning. */
export const ROUTES = [
  ...intentRoutes,
  ...chargeRoutes,
  ...refundRoutes,
  ...disputeRoutes,
  ...customerRoutes,
  ...sourceRoutes,
  ...methodRoutes,
  ...eventRoutes,
  ...endpointRoutes,
  ...accountRoutes,
  ...connectedAccountRoutes,
  ...transferRoutes,
  ...balanceRoutes,
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
