/** What `./throttle` has to do. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { throttle } from './throttle';

describe('changes', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('are acted on at once, then together, at most every five seconds', () => {
    const act = vi.fn();
    const changes = throttle<string>(act, 5000);
    changes.add(['users']);
    expect(act.mock.calls).toEqual([[['users']]]);
    for (let at = 0; at < 4900; at += 100) {
      vi.advanceTimersByTime(100);
      changes.add([at % 200 === 0 ? 'users' : 'leads']);
    }
    expect(act).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(100);
    expect(act.mock.calls[1]).toEqual([['users', 'leads']]);
    vi.advanceTimersByTime(60_000);
    expect(act).toHaveBeenCalledTimes(2);
  });

  it('the last is never lost', () => {
    const act = vi.fn();
    const changes = throttle<string>(act, 5000);
    changes.add(['users']);
    vi.advanceTimersByTime(4999);
    changes.add(['leads']);
    vi.advanceTimersByTime(1);
    expect(act).toHaveBeenLastCalledWith(['leads']);
    changes.add(['proposals']);
    vi.advanceTimersByTime(5000);
    expect(act).toHaveBeenLastCalledWith(['proposals']);
  });

  it('after a while the next is at once again', () => {
    const act = vi.fn();
    const changes = throttle<string>(act, 5000);
    changes.add(['users']);
    vi.advanceTimersByTime(5000);
    changes.add(['users']);
    expect(act).toHaveBeenCalledTimes(2);
  });

  it('that are nothing, and those after the end, are not acted on', () => {
    const act = vi.fn();
    const changes = throttle<string>(act, 5000);
    changes.add([]);
    changes.add(['users']);
    changes.add(['leads']);
    changes.stop();
    vi.advanceTimersByTime(60_000);
    expect(act).toHaveBeenCalledTimes(1);
  });
});
