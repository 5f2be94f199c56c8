/** The client: every operation of the service as a method, and what a dashboard needs beside them. */

import { type EventsOptions, followEvents } from './events.js';
import { client as defaultClient } from './generated/client.gen.js';
import type { Client } from './generated/client/index.js';
import { MetricsApi } from './generated/sdk.gen.js';
import {
  type ExportCall,
  type ItemOf,
  type ListCall,
  type OptionsOf,
  type Page,
  type PageOf,
  walk,
} from './pages.js';
import { type MetricsClientOptions, type Settings, transport } from './transport.js';
import { type DataVersion, VersionMemory } from './versions.js';

/** Ends what was begun. */
export type Stop = () => void;

/** A client of the service. Its methods answer with the data itself and throw what `errors.ts` describes. */
export class MetricsClient extends MetricsApi {
  /** What goes over the wire; `{ client: metrics.http }` makes TanStack Query options use this client. */
  readonly http: Client;
  /** The versions that reads of figures have to see: those that writes and events have told of. */
  readonly versions: VersionMemory;
  readonly #settings: Settings;
  #background: MetricsClient | undefined;

  /** Use {@link createMetricsClient}. */
  constructor(settings: Settings, background: boolean) {
    const http = transport(settings, background);
    // The options for TanStack Query use the client that was made last, unless told otherwise; never a background one.
    super({ client: http, ...(background && { key: 'background' }) });
    // Query keys hold where the data is from.
    if (!background) defaultClient.setConfig({ baseUrl: http.getConfig().baseUrl });
    this.http = http;
    this.versions = settings.versions;
    this.#settings = settings;
  }

  /** The same client for what nobody waits for, polling for example: its requests do not keep a session alive. */
  get background(): MetricsClient {
    this.#background ??= new MetricsClient(this.#settings, true);
    return this.#background;
  }

  /**
   * Every page of a list, the first without a cursor.
   *
   * ```ts
   * for await (const page of metrics.pages('listUsers', { query: { limit: 100 } })) console.log(page.items.length);
   * ```
   */
  pages<Name extends ListCall<MetricsApi>>(
    name: Name,
    options?: OptionsOf<MetricsApi, Name>,
  ): AsyncGenerator<PageOf<MetricsApi, Name>, void, undefined> {
    // What the names promise of their calls is more than can be said of all of them at once.
    type Answer = PageOf<MetricsApi, Name> & Page<unknown>;
    const read = this[name].bind(this) as unknown as (options: object) => Promise<Answer>;
    const { query, ...others }: { query?: object } = options ?? {};
    return walk((cursor) =>
      read({ ...others, query: { ...query, ...(cursor !== undefined && { cursor }) } }),
    );
  }

  /**
   * Every row of a list, on however many pages.
   *
   * ```ts
   * for await (const lead of metrics.each('listLeads', { query: { status: ['new'] } })) console.log(lead.name);
   * ```
   */
  async *each<Name extends ListCall<MetricsApi>>(
    name: Name,
    options?: OptionsOf<MetricsApi, Name>,
  ): AsyncGenerator<ItemOf<MetricsApi, Name>, void, undefined> {
    for await (const page of this.pages(name, options)) {
      yield* (page as unknown as Page<ItemOf<MetricsApi, Name>>).items;
    }
  }

  /**
   * An export as it comes, whatever its size, instead of a text that holds all of it.
   *
   * ```ts
   * const csv = await metrics.download('exportUsers', { query: { status: ['active'] } });
   * await csv.pipeTo(Writable.toWeb(createWriteStream('users.csv')));
   * ```
   */
  download<Name extends ExportCall<MetricsApi>>(
    name: Name,
    options?: OptionsOf<MetricsApi, Name>,
  ): Promise<ReadableStream<Uint8Array>> {
    type Download = (options: object) => Promise<ReadableStream<Uint8Array>>;
    return (this[name] as unknown as Download).call(this, { ...options, parseAs: 'stream' });
  }

  /**
   * The versions of the data as they are, and after each change, until `signal` is aborted; over connections that are
   * made anew where they end, fail or fall silent. A tag whose number differs from the one before, or that is left out, has
   * changed. Throws where the service refuses for good.
   *
   * ```ts
   * for await (const version of metrics.events({ signal })) console.log(version.users);
   * ```
   */
  async *events(options?: EventsOptions): AsyncGenerator<DataVersion, void, undefined> {
    const open = (signal: AbortSignal) =>
      this.http.get<{ 200: ReadableStream<Uint8Array> }, unknown, true, 'data'>({
        url: '/api/v1/events',
        headers: { Accept: 'text/event-stream' },
        cache: 'no-store',
        parseAs: 'stream',
        responseStyle: 'data',
        signal,
      });
    for await (const version of followEvents(open, options)) {
      // What is read because of an event is as new as the event, from whichever instance it comes.
      this.versions.remember(version);
      yield version;
    }
  }

  /** {@link events}, told to `listener`. `onEnd` hears why it ended, where that was not by the function given back. */
  onEvent(
    listener: (version: DataVersion) => void,
    options: EventsOptions & { onEnd?: (error: unknown) => void } = {},
  ): Stop {
    const controller = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, controller.signal]) : controller.signal;
    const follow = async () => {
      for await (const version of this.events({ ...options, signal })) listener(version);
    };
    follow().catch((error: unknown) => {
      if (!signal.aborted) options.onEnd?.(error);
    });
    return () => controller.abort();
  }

  /** The headers that came with what a call answered: `ETag`, `Age`, `Cache-Status`, `X-Data-Version` and so on. */
  headersOf(answer: object): Headers | undefined {
    return this.#settings.headersOf.get(answer);
  }
}

/**
 * Makes a client.
 *
 * ```ts
 * const metrics = createMetricsClient({ baseUrl: 'http://127.0.0.1:8080' });
 * const { overview } = await metrics.getDashboard({ query: { period: '30d', tz: 'Europe/Paris' } });
 * ```
 */
export function createMetricsClient(options: MetricsClientOptions = {}): MetricsClient {
  return new MetricsClient({ ...options, versions: new VersionMemory(), headersOf: new WeakMap() }, false);
}
