/** What `./deletions` has to do. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Deletion, Deletions, UNDO_MS } from './deletions';

describe('a deletion', () => {
  const queue = () => new Deletions();
  const deletionOf = (id: string, send = () => Promise.resolve()) => ({
    kind: 'users' as const,
    id,
    send: vi.fn(send),
    onDecided: vi.fn(),
    onFailed: vi.fn(),
    onDropped: vi.fn(),
  });
  const hidden = (deletions: Deletions) => [...deletions.hidden().users];

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('hides the row at once, and is sent when it cannot be taken back any more', async () => {
    const [deletions, one] = [queue(), deletionOf('a')];
    deletions.add(one);
    expect(hidden(deletions)).toEqual(['a']);
    await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
    expect(one.send).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(one.send).toHaveBeenCalledOnce();
    expect(one.onDecided).toHaveBeenCalledOnce();
    expect(hidden(deletions)).toEqual([]);
  });

  it('can be taken back until then', async () => {
    const [deletions, one] = [queue(), deletionOf('a')];
    deletions.add(one);
    expect(deletions.undo('a')).toBe(true);
    expect(one.onDecided).toHaveBeenCalledOnce();
    expect(hidden(deletions)).toEqual([]);
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(one.send).not.toHaveBeenCalled();
    expect(deletions.undo('a')).toBe(false);
  });

  it('keeps the row hidden while it is under way, when it is too late', async () => {
    let finish: () => void = () => undefined;
    const [deletions, one] = [queue(), deletionOf('a', () => new Promise<void>((done) => (finish = done)))];
    deletions.add(one);
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(deletions.undo('a')).toBe(false);
    expect(hidden(deletions)).toEqual(['a']);
    finish();
    await vi.advanceTimersByTimeAsync(0);
    expect(hidden(deletions)).toEqual([]);
  });

  it('that fails shows the row again, and says why', async () => {
    const refusal = new Error('no');
    const [deletions, one] = [queue(), deletionOf('a', () => Promise.reject(refusal))];
    deletions.add(one);
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(one.onFailed).toHaveBeenCalledWith(refusal);
    expect(hidden(deletions)).toEqual([]);
  });

  it('is sent at once, and once only, where the page is left', async () => {
    const [deletions, one, other] = [queue(), deletionOf('a'), deletionOf('b')];
    expect(deletions.add(one)).toBe(true);
    expect(deletions.add({ ...one } satisfies Deletion)).toBe(false);
    deletions.add(other);
    void deletions.flush();
    expect(one.send).toHaveBeenCalledOnce();
    expect(other.send).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(one.send).toHaveBeenCalledOnce();
  });

  it('is awaited before one signs out, also where it is under way already', async () => {
    const finish: (() => void)[] = [];
    const slow = () => new Promise<void>((done) => finish.push(done));
    const [deletions, sent, waiting] = [queue(), deletionOf('a', slow), deletionOf('b', slow)];
    deletions.add(sent);
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    deletions.add(waiting);
    const flushed = vi.fn();
    void deletions.flush().then(flushed);
    expect(waiting.send).toHaveBeenCalledOnce();
    finish[1]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(flushed).not.toHaveBeenCalled();
    finish[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(flushed).toHaveBeenCalledOnce();
    expect(sent.send).toHaveBeenCalledOnce();
  });

  it('is given up where nobody is signed in any more, and never sent for somebody else', async () => {
    const [deletions, one] = [queue(), deletionOf('a')];
    deletions.add(one);
    deletions.drop();
    expect(one.onDropped).toHaveBeenCalledOnce();
    expect(one.onDecided).toHaveBeenCalledOnce();
    expect(hidden(deletions)).toEqual([]);
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(one.send).not.toHaveBeenCalled();
  });
});
