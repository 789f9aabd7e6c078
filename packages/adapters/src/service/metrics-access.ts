import type { Logger } from '@campusg-pay/core';
import type { Metrics } from './metrics-port.js';
import { optionalPackage } from './optional-package.js';

const loadMetrics = optionalPackage(
  { package: 'prom-client', neededBy: 'Metrics' },
  () => import('./metrics.js'),
);

/** The metrics of this process; without prom-client nothing is counted, and that is said. */
export async function openMetrics(log: Logger): Promise<Metrics> {
  const loaded = await loadMetrics();
  if (loaded.isOk()) return loaded.value.createMetrics();
  log.warn(loaded.error, 'nothing is counted: metrics need the package prom-client');
  return NOT_COUNTED;
}

const NOT_COUNTED: Metrics = {
  event: () => {},
  stripeCall: () => {},
  onWaited: () => {},
  onRefused: () => {},
  finding: () => {},
  unreadable: () => {},
  request: () => {},
  expose: async () => ({
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
    text: '# Metrics need the package prom-client: npm install prom-client\n',
  }),
};
