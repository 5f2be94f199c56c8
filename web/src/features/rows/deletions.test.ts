import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { type Deletion, Deletions, UNDO_MS } from './deletions';

describe('a deletion', () => {
  const queue = () => new Deletions();
  const deletionOf = (id: string, send = () => Promise.resolve()) => ({
    kind: 'users' as const,
    id,
    send: vi.fn(send),
    onSent: vi.fn(),
    onFailed: vi.fn(),
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
    expect(one.onSent).toHaveBeenCalledOnce();
    expect(hidden(deletions)).toEqual([]);
  });

  it('can be taken back until then', async () => {
    const [deletions, one] = [queue(), deletionOf('a')];
    deletions.add(one);
    expect(deletions.undo('a')).toBe(true);
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
    deletions.add(one);
    deletions.add({ ...one } satisfies Deletion);
    deletions.add(other);
    deletions.flush();
    expect(one.send).toHaveBeenCalledOnce();
    expect(other.send).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(one.send).toHaveBeenCalledOnce();
  });
});
