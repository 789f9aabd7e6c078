// Writes the parts of docs/ that are drawn from code; with --check only tells whether they are up to date.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { TRANSITIONS } from '../packages/core/src/payment/transitions.js';
import { openApiDocument, WHOLE_API } from '../packages/http/src/openapi.js';
import { asyncApiDocument } from './asyncapi.js';
import { commandReference, documentSchemas } from './docs-cli.js';
import { missingPaths } from './docs-paths.js';
import { permissions } from './docs-permissions.js';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const architecture = 'docs/architecture.md';
const files: Record<string, string> = {
  [architecture]: replaceBetween(readFileSync(architecture, 'utf8'), 'transitions', diagram()),
  'docs/cli.md': commandReference(),
  'docs/cli.schema.json': documentSchemas(),
  'docs/permissions.md': permissions(),
  'docs/openapi.json': `${JSON.stringify(openApiDocument(WHOLE_API), null, 2)}\n`,
  'docs/asyncapi.yaml': stringify(asyncApiDocument(version), {
    lineWidth: 120,
    aliasDuplicateObjects: false,
  }),
};

const missing = missingPaths(files);
for (const { page, path } of missing) console.error(`${page} names ${path}, which is not there`);

const stale = Object.entries(files).filter(
  ([path, text]) => !existsSync(path) || readFileSync(path, 'utf8') !== text,
);
if (process.argv.includes('--check')) {
  for (const [path] of stale) console.error(`${path} is out of date: run pnpm docs:write`);
  if (stale.length > 0) process.exitCode = 1;
} else {
  for (const [path, text] of stale) writeFileSync(path, text);
}
if (missing.length > 0) process.exitCode = 1;

/** The state machine as a Mermaid diagram; what changes no status is left out. */
function diagram(): string {
  const arrows = TRANSITIONS.filter(({ from, to }) => from !== to).map(
    ({ from, event, to, when }) =>
      `    ${from === 'NEW' ? '[*]' : from} --> ${to}: ${event} (${when})`,
  );
  const ends = ['REVERTED', 'FAILED'].map((status) => `    ${status} --> [*]`);
  return ['```mermaid', 'stateDiagram-v2', ...arrows, ...ends, '```'].join('\n');
}

function replaceBetween(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const [before, rest] = text.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`no ${start} in the text`);
  return `${before}${start}\n${content}\n${end}${after}`;
}
