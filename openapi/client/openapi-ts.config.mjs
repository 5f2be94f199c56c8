// What `openapi-ts` makes of the service's OpenAPI document. Run by `cargo xtask client`.

import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
  input: '../openapi.json',
  logs: { file: false },
  output: {
    path: process.env.CLIENT_OUTPUT ?? 'src/generated',
    // Node's ESM wants file names in full.
    importFileExtension: '.js',
    indexFile: false,
  },
  parser: {
    patch: { input: patch },
    filters: {
      // A stream that has to be followed and taken up again is no call: see src/events.ts.
      operations: { exclude: ['GET /api/v1/events'] },
      // `Problem` is named by answers that `patch` leaves out.
      orphans: true,
    },
  },
  plugins: [
    // Constants and types in one: `Object.values(ProposalStatus)` fills a select.
    { name: '@hey-api/typescript', enums: 'javascript' },
    { name: '@hey-api/client-fetch', throwOnError: true },
    {
      name: '@hey-api/sdk',
      operations: { strategy: 'single', containerName: 'MetricsApi', methods: 'instance' },
      responseStyle: 'data',
    },
    '@tanstack/react-query',
  ],
});

/** Leaves out of the document what would give types that promise too much. */
function patch(document) {
  // A page has it from `Intl`, as text, and a browser may know newer ones than the document.
  delete document.components.schemas.TimeZone.enum;
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item)) {
      // Failures are thrown, as classes of src/errors.ts; no signature can name what it throws.
      for (const status of Object.keys(operation.responses ?? {})) {
        if (!status.startsWith('2')) delete operation.responses[status];
      }
      // Sent by the client for every call: as settings of it, not of each.
      operation.security = [];
    }
  }
}
