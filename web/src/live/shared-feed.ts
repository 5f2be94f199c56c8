/**
 * One connection for all tabs of a browser: the tab that holds a lock listens to the service and tells the others. When it
 * is closed, the browser gives the lock to the next one, which goes on.
 */

import { type DataVersion, type EventsState, isProblem } from '@admin-metrics/client';

/** How changes come to be known. */
export type FeedState =
  | 'connecting'
  /** The service tells of changes. */
  | 'live'
  /** It did a moment ago. */
  | 'reconnecting'
  /** It does not; who wants to know has to ask. */
  | 'polling'
  /** Nobody is signed in any more. */
  | 'ended';

/** Who hears of changes. */
export interface FeedListener {
  onState: (state: FeedState) => void;
  onVersion: (version: DataVersion) => void;
}

/** Listens to the service until it is stopped. */
export type Listen = (hearers: {
  onVersion: (version: DataVersion) => void;
  onState: (state: EventsState, error?: unknown) => void;
  onEnd: (error: unknown) => void;
}) => () => void;

/** What is needed of a `BroadcastChannel`. */
export interface Channel {
  postMessage: (message: unknown) => void;
  onmessage: ((event: MessageEvent) => void) | null;
  close: () => void;
}

/** What a shared feed stands on. Where a browser has no locks (a page without TLS), each tab listens for itself. */
export interface FeedParts {
  listen: Listen;
  locks: Pick<LockManager, 'request'> | undefined;
  channel: Channel;
}

type Message =
  /** A tab wants to know how things stand. */
  | { kind: 'hello' }
  /** The tab that listens says how things stand. */
  | { kind: 'told'; state: FeedState; version: DataVersion | undefined };

const LOCK = 'admin-metrics.live';
/** A leader that does not answer within this is asleep: browsers put tabs to sleep. */
const ANSWER_MS = 5_000;
/** Where the service refuses to tell, it is asked again after a while. */
const AGAIN_MS = 60_000;

/** A tab's part in it. */
export class SharedFeed {
  readonly #parts: FeedParts;
  readonly #listener: FeedListener;
  #state: FeedState = 'connecting';
  #version: DataVersion | undefined;
  #failures = 0;
  #candidacy = new AbortController();
  /** Ends this tab's leadership; there while it leads. */
  #endLead: (() => void) | undefined;
  /** Listens anew; there while this tab leads. */
  #listenAgain: (() => void) | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #isListening = false;
  #isStopped = false;

  /** Begins at once. */
  constructor(parts: FeedParts, listener: FeedListener) {
    this.#parts = parts;
    this.#listener = listener;
    parts.channel.onmessage = ({ data }: MessageEvent<Message>) => this.#hear(data);
    this.#tell({ kind: 'hello' });
    void this.#run(false);
  }

  /** Whether this tab is the one that listens. */
  get isLeader(): boolean {
    return this.#endLead !== undefined;
  }

  /** Asks whether the tab that listens is awake, and listens itself where it is not. */
  check(): void {
    this.#goOn();
    if (this.isLeader || this.#isStopped || !this.#parts.locks) return;
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => {
      this.#candidacy.abort();
      this.#candidacy = new AbortController();
      void this.#run(true);
    }, ANSWER_MS);
    this.#tell({ kind: 'hello' });
  }

  /** Ends it; another tab goes on. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#patience);
    this.#candidacy.abort();
    this.#endLead?.();
    this.#parts.channel.close();
  }

  /** Waits for its turn to listen, or takes it. */
  async #run(steal: boolean): Promise<void> {
    const { locks } = this.#parts;
    const { signal } = this.#candidacy;
    if (!locks) return this.#lead();
    try {
      // Whoever takes a lock does not wait for it, so there is nothing to abort.
      await locks.request(LOCK, steal ? { steal } : { signal }, () => this.#lead());
    } catch {
      if (signal.aborted) return;
      // Another tab has taken it, believing this one asleep.
      this.#endLead?.();
      void this.#run(false);
    }
  }

  /** Listens until it is ended. */
  #lead(): Promise<void> {
    if (this.#isStopped) return Promise.resolve();
    clearTimeout(this.#patience);
    return new Promise((resolve) => {
      let stop = this.#listen();
      this.#listenAgain = () => {
        stop();
        stop = this.#listen();
      };
      const again = setInterval(() => {
        if (this.#state === 'polling' && !this.#isListening) this.#listenAgain?.();
      }, AGAIN_MS);
      this.#endLead = () => {
        this.#endLead = undefined;
        this.#listenAgain = undefined;
        clearInterval(again);
        stop();
        resolve();
      };
    });
  }

  /** Where nobody was signed in, somebody may be by now: listens again, if it is this tab that listens. */
  #goOn(): void {
    if (this.#state !== 'ended' || this.#isListening || !this.#listenAgain) return;
    this.#announce('connecting');
    this.#listenAgain();
  }

  #listen(): () => void {
    this.#isListening = true;
    return this.#parts.listen({
      onVersion: (version) => {
        this.#failures = 0;
        this.#announce('live', version);
      },
      onState: (state, error) => {
        if (state !== 'waiting') return;
        this.#failures += 1;
        // One failure may be a moment's; a refusal is none.
        this.#announce(this.#failures > 1 || isProblem(error) ? 'polling' : 'reconnecting');
      },
      onEnd: (error) => {
        this.#isListening = false;
        this.#announce(isProblem(error, 'unauthenticated') ? 'ended' : 'polling');
      },
    });
  }

  #announce(state: FeedState, version?: DataVersion): void {
    this.#adopt(state, version);
    this.#tell({ kind: 'told', state, version: this.#version });
  }

  #hear(message: Message): void {
    if (this.#isStopped) return;
    if (message.kind === 'told') {
      clearTimeout(this.#patience);
      if (!this.isLeader) this.#adopt(message.state, message.version);
    } else if (this.isLeader) {
      // Pages say hello when somebody has signed in.
      this.#goOn();
      this.#tell({ kind: 'told', state: this.#state, version: this.#version });
    }
  }

  #adopt(state: FeedState, version: DataVersion | undefined): void {
    if (this.#isStopped) return;
    if (state !== this.#state) {
      this.#state = state;
      this.#listener.onState(state);
    }
    if (version) {
      this.#version = version;
      this.#listener.onVersion(version);
    }
  }

  #tell(message: Message): void {
    this.#parts.channel.postMessage(message);
  }
}
