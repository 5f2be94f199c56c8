/** What `./shared-feed` has to do. */

import { type DataVersion, type EventsState, NetworkError, ProblemError } from '@admin-metrics/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Channel, type FeedState, type Listen, SharedFeed } from './shared-feed';

/** A browser: its tabs share a lock and a channel, each has a connection of its own if it wants one. */
class Browser {
  readonly #channels = new Set<Channel>();
  readonly #queue: { grant: () => void }[] = [];
  #steal: (() => void) | undefined;
  #isHeld = false;

  readonly locks = {
    request: (_: string, options: LockOptions, lead: (lock: Lock | null) => Promise<void>): Promise<void> =>
      new Promise((resolve, reject) => {
        const refuse = () => reject(new DOMException('no', 'AbortError'));
        const grant = () => {
          this.#isHeld = true;
          let isMine = true;
          this.#steal = () => {
            isMine = false;
            refuse();
          };
          void lead(null).then(() => {
            if (!isMine) return;
            this.#isHeld = false;
            resolve();
            this.#queue.shift()?.grant();
          });
        };
        if (options.signal?.aborted) {
          refuse();
          return;
        }
        if (options.steal) {
          this.#steal?.();
          grant();
          return;
        }
        if (!this.#isHeld) {
          grant();
          return;
        }
        const turn = { grant };
        this.#queue.push(turn);
        options.signal?.addEventListener('abort', () => {
          const at = this.#queue.indexOf(turn);
          if (at >= 0) this.#queue.splice(at, 1);
          refuse();
        });
      }),
  } as unknown as LockManager;

  channel(): Channel {
    const channel: Channel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of this.#channels) {
          if (other !== channel) other.onmessage?.({ data } as MessageEvent);
        }
      },
      close: () => void this.#channels.delete(channel),
    };
    this.#channels.add(channel);
    return channel;
  }
}

class Tab {
  readonly states: FeedState[] = [];
  readonly versions: DataVersion[] = [];
  connections = 0;
  hearers: Parameters<Listen>[0] | undefined;
  readonly feed: SharedFeed;
  readonly channel: Channel;

  constructor(browser: Browser, hasLocks = true) {
    this.channel = browser.channel();
    this.feed = new SharedFeed(
      {
        locks: hasLocks ? browser.locks : undefined,
        channel: this.channel,
        listen: (hearers) => {
          this.connections += 1;
          this.hearers = hearers;
          return () => {
            this.connections -= 1;
            this.hearers = undefined;
          };
        },
      },
      { onState: (state) => this.states.push(state), onVersion: (version) => this.versions.push(version) },
    );
  }

  get state(): FeedState | undefined {
    return this.states.at(-1);
  }

  fails(error?: unknown, state: EventsState = 'waiting'): void {
    this.hearers?.onState(state, error);
  }
}

/** Lets promises go on. */
const settle = () => vi.advanceTimersByTimeAsync(0);

function problem(status: number, name: string): ProblemError {
  return new ProblemError({
    type: `urn:problem-type:admin-metrics:${name}`,
    title: name,
    status,
    detail: name,
    instance: '/',
    requestId: '1',
  } as ConstructorParameters<typeof ProblemError>[0]);
}

describe('tabs', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('share one connection, and all hear', async () => {
    const browser = new Browser();
    const [first, second, third] = [new Tab(browser), new Tab(browser), new Tab(browser)];
    await settle();
    expect([first, second, third].map(({ connections }) => connections)).toEqual([1, 0, 0]);
    first.hearers?.onVersion({ users: 7 });
    for (const tab of [first, second, third]) {
      expect(tab.state).toBe('live');
      expect(tab.versions).toEqual([{ users: 7 }]);
    }
  });

  it('one that is opened later hears how things stand', async () => {
    const browser = new Browser();
    const first = new Tab(browser);
    first.hearers?.onVersion({ users: 7 });
    const later = new Tab(browser);
    await settle();
    expect(later.state).toBe('live');
    expect(later.versions).toEqual([{ users: 7 }]);
    expect(later.connections).toBe(0);
  });

  it('the next one goes on when the one that listens is closed', async () => {
    const browser = new Browser();
    const [first, second, third] = [new Tab(browser), new Tab(browser), new Tab(browser)];
    second.feed.stop();
    first.feed.stop();
    await settle();
    expect([first, second, third].map(({ connections }) => connections)).toEqual([0, 0, 1]);
    third.hearers?.onVersion({ users: 8 });
    expect(third.state).toBe('live');
    expect(first.versions).toEqual([]);
  });

  it('one that is looked at takes over from one that is asleep, which listens no more when it wakes', async () => {
    const browser = new Browser();
    const [sleeper, looked] = [new Tab(browser), new Tab(browser)];
    sleeper.channel.onmessage = null;
    looked.feed.check();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(looked.feed.isLeader).toBe(true);
    expect([sleeper.connections, looked.connections]).toEqual([0, 1]);
    looked.feed.stop();
    await settle();
    expect([sleeper.connections, looked.connections]).toEqual([1, 0]);
  });

  it('one that is looked at leaves one that is awake alone', async () => {
    const browser = new Browser();
    const [first, looked] = [new Tab(browser), new Tab(browser)];
    looked.feed.check();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([first.connections, looked.connections]).toEqual([1, 0]);
  });

  it('without locks each listens for itself', async () => {
    const browser = new Browser();
    const tabs = [new Tab(browser, false), new Tab(browser, false)];
    await settle();
    expect(tabs.map(({ connections }) => connections)).toEqual([1, 1]);
    tabs.forEach(({ feed }) => feed.stop());
    expect(tabs.map(({ connections }) => connections)).toEqual([0, 0]);
  });
});

describe('a connection', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('that breaks off is made anew; where that fails too, who wants to know has to ask', async () => {
    const browser = new Browser();
    const [leader, other] = [new Tab(browser), new Tab(browser)];
    leader.hearers?.onVersion({ users: 1 });
    leader.fails(new NetworkError(new Error('cut'), false));
    expect(other.state).toBe('reconnecting');
    leader.fails(new NetworkError(new Error('cut'), false), 'connecting');
    leader.fails(new NetworkError(new Error('cut'), false));
    expect([leader.state, other.state]).toEqual(['polling', 'polling']);
    leader.hearers?.onVersion({ users: 2 });
    expect([leader.state, other.state]).toEqual(['live', 'live']);
    await settle();
  });

  it.each([
    [429, 'too-many-streams'],
    [503, 'unavailable'],
  ])('that is refused with %d is not waited for', (status, name) => {
    const tab = new Tab(new Browser());
    tab.fails(problem(status, name));
    expect(tab.state).toBe('polling');
  });

  it('of somebody who is not signed in any more ends, in every tab', () => {
    const browser = new Browser();
    const [leader, other] = [new Tab(browser), new Tab(browser)];
    leader.hearers?.onEnd(problem(401, 'unauthenticated'));
    expect([leader.state, other.state]).toEqual(['ended', 'ended']);
  });

  it('goes on when somebody signs in in another tab, whoever holds it', () => {
    const browser = new Browser();
    const [leader, other] = [new Tab(browser), new Tab(browser)];
    leader.hearers?.onVersion({ users: 1 });
    leader.hearers?.onEnd(problem(401, 'unauthenticated'));
    other.feed.stop();
    const ended = leader.hearers;
    const signedIn = new Tab(browser);
    expect(leader.hearers).not.toBe(ended);
    expect([leader.connections, signedIn.connections]).toEqual([1, 0]);
    expect(leader.state).toBe('connecting');
    leader.hearers?.onVersion({ users: 2 });
    expect([leader.state, signedIn.state]).toEqual(['live', 'live']);
    expect(signedIn.versions.at(-1)).toEqual({ users: 2 });
  });

  it('goes on when the tab that held it is looked at', () => {
    const tab = new Tab(new Browser());
    tab.hearers?.onEnd(problem(401, 'unauthenticated'));
    const ended = tab.hearers;
    tab.feed.check();
    expect(tab.hearers).not.toBe(ended);
    expect([tab.state, tab.connections]).toEqual(['connecting', 1]);
  });

  it('that ended for another reason is tried again after a while', async () => {
    const tab = new Tab(new Browser());
    tab.hearers?.onEnd(problem(403, 'forbidden'));
    expect(tab.state).toBe('polling');
    const before = tab.hearers;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(tab.hearers).not.toBe(before);
    expect(tab.connections).toBe(1);
  });
});
