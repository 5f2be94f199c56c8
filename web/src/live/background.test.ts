/** What `./background` has to do. */

import type { MetricsClient } from '@admin-metrics/client';
import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { expect, it, vi } from 'vitest';

import { isKeptNew, readAnew } from './background';

/** A list on a page, whose reads end when the test says so. */
function listOnPage() {
  const queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity } } });
  const ends: ((value: string) => void)[] = [];
  const signals: AbortSignal[] = [];
  const listUsers = vi.fn(({ signal }: { signal: AbortSignal }) => {
    signals.push(signal);
    return new Promise<string>((resolve) => ends.push(resolve));
  });
  const metrics = { background: { listUsers }, headersOf: () => undefined } as unknown as MetricsClient;
  const byPerson = vi.fn(() => Promise.resolve('by a person'));
  const observer = new QueryObserver(queryClient, {
    queryKey: [{ _id: 'listUsers' }],
    queryFn: byPerson,
    initialData: 'at first',
  });
  observer.subscribe(() => undefined);
  const change = () => readAnew(queryClient, metrics, ['users']);
  return { observer, byPerson, listUsers, signals, ends, change };
}

it('a slow read is let finish while changes go on, and followed by one more', async () => {
  const { observer, listUsers, signals, ends, change } = listOnPage();
  const changes = [change(), change(), change()];
  expect(listUsers).toHaveBeenCalledTimes(1);
  ends[0]?.('slow');
  await expect.poll(() => listUsers.mock.calls.length).toBe(2);
  expect(signals[0]?.aborted).toBe(false);
  expect(observer.getCurrentResult().data).toBe('slow');
  ends[1]?.('newest');
  await Promise.all(changes);
  expect(observer.getCurrentResult().data).toBe('newest');
  expect(listUsers).toHaveBeenCalledTimes(2);
});

it('what a person asks for after reads that overlapped is theirs', async () => {
  const { observer, byPerson, listUsers, ends, change } = listOnPage();
  const changes = [change(), change()];
  ends[0]?.('first');
  await expect.poll(() => listUsers.mock.calls.length).toBe(2);
  ends[1]?.('second');
  await Promise.all(changes);
  observer
    .getCurrentQuery()
    .fetch()
    .catch(() => undefined);
  await expect.poll(() => observer.getCurrentResult().data).toBe('by a person');
  expect(byPerson).toHaveBeenCalledTimes(1);
});

it('only what changes of data make old is kept new', () => {
  expect(isKeptNew({ queryKey: [{ _id: 'getDashboard' }] })).toBe(true);
  expect(isKeptNew({ queryKey: [{ _id: 'listAuditEvents' }] })).toBe(false);
});
