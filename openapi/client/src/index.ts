/** A client of the admin metrics service. The options for TanStack Query are in `@admin-metrics/client/query`. */

export { createMetricsClient, MetricsClient, type Stop } from './client.js';
export { ifMatch } from './concurrency.js';
export {
  isNetworkError,
  isProblem,
  NetworkError,
  ProblemError,
  type ProblemName,
  type ProblemType,
  UnexpectedAnswerError,
} from './errors.js';
export type { EventsOptions, EventsState } from './events.js';
export type { Client, RequestOptions } from './generated/client/index.js';
export type { Options } from './generated/sdk.gen.js';
export * from './generated/types.gen.js';
export type { MetricsClientOptions } from './transport.js';
export { DATA_TAGS, type DataTag, type DataVersion, VersionMemory, parseDataVersion } from './versions.js';
