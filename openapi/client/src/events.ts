/**
 * Following what changes, as it changes: the service's server-sent events, over `fetch`, so that a bearer token works as
 * well as a cookie, in browsers and in Node. A connection that ends, fails or falls silent is made anew.
 */

import { errorOfFailure, NetworkError, ProblemError, UnexpectedAnswerError } from './errors.js';
import { EventStreamReader } from './event-stream.js';
import { DATA_TAGS, type DataVersion } from './versions.js';

/** How the connection stands. */
export type EventsState = 'connecting' | 'open' | 'waiting';

/** How to follow events. */
export interface EventsOptions {
  /** Ends it. */
  signal?: AbortSignal;
  /** Hears how the connection stands, and while it waits, what happened to the last one. */
  onState?: (state: EventsState, error?: unknown) => void;
  /** Without a sign of life for so long, the connection is taken for dead; 45,000 by default, three heartbeats. */
  silenceMs?: number;
  /** How long to wait at most before a new connection; 30,000 by default. */
  maxDelayMs?: number;
}

/** Opens a stream of events. */
export type OpenStream = (signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>;

const FIRST_DELAY_MS = 1_000;

/**
 * The versions of the data: first as they are, then after each change. It ends when `signal` is aborted, and throws where
 * the service refuses for good, when nobody is signed in any more for example.
 */
export async function* followEvents(
  open: OpenStream,
  { signal, onState, silenceMs = 45_000, maxDelayMs = 30_000 }: EventsOptions = {},
): AsyncGenerator<DataVersion, void, undefined> {
  let failures = 0;
  let retryMs = FIRST_DELAY_MS;
  while (!signal?.aborted) {
    const connection = new Connection(signal, silenceMs);
    let failure: unknown;
    try {
      onState?.('connecting');
      const stream = await connection.open(open);
      onState?.('open');
      const reader = new EventStreamReader();
      for (
        let piece = await connection.next(stream);
        piece !== undefined;
        piece = await connection.next(stream)
      ) {
        for (const event of reader.read(piece)) {
          failures = 0;
          const version = event.event === 'versions' ? versionOf(event.data) : undefined;
          if (version) yield version;
        }
        retryMs = reader.retryMs ?? retryMs;
      }
    } catch (error) {
      if (signal?.aborted) return;
      if (isFinal(error)) throw error;
      failure = error;
    } finally {
      connection.close();
    }
    const delay = delayMs(failures, retryMs, maxDelayMs, failure);
    failures += 1;
    onState?.('waiting', failure);
    await sleep(delay, signal);
  }
}

/** One connection, with an eye on whether it is alive. */
class Connection {
  readonly #controller = new AbortController();
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  readonly #signal: AbortSignal | undefined;
  readonly #silenceMs: number;
  readonly #abort = () => this.#controller.abort(this.#signal?.reason);
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;

  constructor(signal: AbortSignal | undefined, silenceMs: number) {
    this.#signal = signal;
    this.#silenceMs = silenceMs;
    signal?.addEventListener('abort', this.#abort);
  }

  async open(open: OpenStream): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    this.#reader = (await this.#unlessSilent(open(this.#controller.signal))).getReader();
    return this.#reader;
  }

  /** The next piece of text; nothing at the end. */
  async next(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string | undefined> {
    try {
      const { done, value } = await this.#unlessSilent(reader.read());
      return done ? undefined : this.#decoder.decode(value, { stream: true });
    } catch (error) {
      throw errorOfFailure(error, this.#signal);
    }
  }

  close(): void {
    this.#signal?.removeEventListener('abort', this.#abort);
    // What comes of it is nobody's business any more.
    this.#reader?.cancel().catch(() => undefined);
    this.#controller.abort();
  }

  async #unlessSilent<T>(work: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new NetworkError(new Error(`no sign of life for ${this.#silenceMs} ms`), true));
        this.#controller.abort();
      }, this.#silenceMs);
    });
    try {
      return await Promise.race([work, silence]);
    } finally {
      clearTimeout(timer);
      work.catch(() => undefined);
    }
  }
}

/** Whether asking again would be in vain. */
function isFinal(error: unknown): boolean {
  if (error instanceof NetworkError) return false;
  if (error instanceof ProblemError || error instanceof UnexpectedAnswerError) {
    return error.status < 500 && error.status !== 408 && error.status !== 429;
  }
  return true;
}

/** Twice as long after each failure, spread by half, so that clients do not come back all at once. */
function delayMs(failures: number, retryMs: number, maxDelayMs: number, failure: unknown): number {
  const delay = Math.min(maxDelayMs, retryMs * 2 ** failures) * (0.5 + Math.random());
  const asked =
    failure instanceof ProblemError || failure instanceof UnexpectedAnswerError ? failure.retryAfter : 0;
  return Math.max(Math.min(delay, maxDelayMs), (asked ?? 0) * 1000);
}

/** Waits; also ends when `signal` is aborted, or the browser is online again. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const page = 'addEventListener' in globalThis ? globalThis : undefined;
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      page?.removeEventListener('online', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
    page?.addEventListener('online', done);
    if (signal?.aborted) done();
  });
}

function versionOf(data: string): DataVersion | undefined {
  try {
    const body = JSON.parse(data) as Record<string, unknown>;
    const version: DataVersion = {};
    for (const tag of DATA_TAGS) {
      const value = body[tag];
      if (typeof value === 'number') version[tag] = value;
    }
    return version;
  } catch {
    // Not of this version of the service; the next one may be.
    return undefined;
  }
}
