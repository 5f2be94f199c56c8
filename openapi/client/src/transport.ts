/**
 * What every request has in common: where it goes, who asks, how long it may take, which versions it has to see, and what
 * it throws.
 */

import { errorOfAnswer, errorOfFailure, isProblem } from './errors.js';
import { type Client, createClient, createConfig } from './generated/client/index.js';
import { type VersionMemory, parseDataVersion } from './versions.js';

/** What a client is made of. */
export interface MetricsClientOptions {
  /** Where the service is, e.g. `https://metrics.example.org`. In a browser by default where the page is from. */
  baseUrl?: string;
  /** A bearer token, or what gives one. Without, a browser's session cookie says who asks. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  /** Whether cookies go along: `same-origin` by default; `include` where the service allows the page's origin by CORS. */
  credentials?: RequestCredentials;
  /** What to fetch with. */
  fetch?: typeof globalThis.fetch;
  /** How long a call may take, its answer included; 30,000 by default, 0 for as long as it takes. Streams are not bounded. */
  timeoutMs?: number;
  /** Sent with every request. */
  headers?: Record<string, string>;
}

/** The parts that a client and its background twin share. */
export interface Settings extends MetricsClientOptions {
  versions: VersionMemory;
  /** The answer's headers by what was read from it. */
  headersOf: WeakMap<object, Headers>;
}

const MIN_DATA_VERSION = 'X-Min-Data-Version';
const METHODS = ['delete', 'get', 'head', 'patch', 'post', 'put'] as const;
const SAFE_METHODS = ['GET', 'HEAD'];

/** A low-level client that the generated calls go through. */
export function transport(settings: Settings, background: boolean): Client {
  const { versions, token, timeoutMs = 30_000 } = settings;
  const client = createClient(
    createConfig({
      baseUrl: baseUrlOf(settings.baseUrl),
      credentials: settings.credentials ?? 'same-origin',
      throwOnError: true,
      ...(settings.fetch && { fetch: settings.fetch }),
      headers: { 'Content-Type': 'application/json', ...settings.headers },
    }),
  );

  client.interceptors.request.use(async (request, options) => {
    const bearer = typeof token === 'function' ? await token() : token;
    if (bearer) request.headers.set('Authorization', `Bearer ${bearer}`);
    if (background) request.headers.set('X-Background', 'true');
    const isReadOfFigures =
      SAFE_METHODS.includes(request.method) && options.url.startsWith('/api/v1/metrics/');
    if (isReadOfFigures && versions.header && !request.headers.has(MIN_DATA_VERSION)) {
      request.headers.set(MIN_DATA_VERSION, versions.header);
    }
    if (timeoutMs === 0 || options.parseAs === 'stream') return request;
    return new Request(request, {
      signal: AbortSignal.any([request.signal, AbortSignal.timeout(timeoutMs)]),
    });
  });

  client.interceptors.response.use((response, request, options) => {
    if (!SAFE_METHODS.includes(request.method)) {
      versions.remember(parseDataVersion(response.headers.get('X-Data-Version')));
    }
    options.responseTransformer = (data) => {
      if (typeof data === 'object' && data !== null) settings.headersOf.set(data, response.headers);
      return Promise.resolve(data);
    };
    return response;
  });

  client.interceptors.error.use((error, response: Response | undefined, request) =>
    response ? errorOfAnswer(response, error) : errorOfFailure(error, request.signal),
  );

  return failingClearly(client, versions);
}

/** `client`, which fails with an error of ours also where an answer breaks off while it is read. */
function failingClearly(client: Client, versions: VersionMemory): Client {
  // The type says that errors could be answers too; this client throws them.
  type Call = (options: { url: string; baseUrl?: string; signal?: AbortSignal | null }) => Promise<never>;
  const wrapped = METHODS.map((method) => {
    const call = client[method] as unknown as Call;
    const wrappedCall: Call = async (options) => {
      // A client goes to one place with its token, whatever a query's key says.
      const { baseUrl: _, ...others } = options;
      try {
        return await call(others);
      } catch (error) {
        if (versions.header && isRefusedVersion(error)) {
          // They are of a service that has started anew since, with a clock that went back. They mean nothing now.
          versions.forget();
          return wrappedCall(options);
        }
        throw errorOfFailure(error, options.signal);
      }
    };
    return [method, wrappedCall];
  });
  return { ...client, ...(Object.fromEntries(wrapped) as Pick<Client, (typeof METHODS)[number]>) };
}

function isRefusedVersion(error: unknown): boolean {
  return isProblem(error, 'invalid-header') && error.fieldError(MIN_DATA_VERSION)?.code === 'range';
}

function baseUrlOf(baseUrl: string | undefined): string {
  if (baseUrl === undefined) {
    if ('location' in globalThis) return '';
    throw new TypeError(
      'baseUrl: expected where the service is, e.g. https://metrics.example.org, as there is no page',
    );
  }
  if (!URL.canParse(baseUrl) || !/^https?:$/.test(new URL(baseUrl).protocol)) {
    throw new TypeError(`baseUrl: expected e.g. https://metrics.example.org, got ${JSON.stringify(baseUrl)}`);
  }
  return baseUrl.replace(/\/+$/, '');
}
