import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openApiDocument } from '../src/openapi.js';

// Writes docs/openapi.json. Run it after a change of a schema, a route or an error:
//   npx tsx packages/http/scripts/write-openapi.ts
const file = fileURLToPath(new URL('../../../docs/openapi.json', import.meta.url));
writeFileSync(file, JSON.stringify(openApiDocument(), null, 2));
execFileSync('npx', ['biome', 'format', '--write', file], { stdio: 'inherit' });
