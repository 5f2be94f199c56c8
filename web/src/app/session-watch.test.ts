/** What `./session-watch` has to do. */

import { type MetricsClient, ProblemError, type Session } from '@admin-metrics/client';
import { getSessionQueryKey } from '@admin-metrics/client/query';
import { QueryClient } from '@tanstack/react-query';
import { afterEach, expect, it, vi } from 'vitest';

import { tellSessionChanged, watchSession } from './session-watch';

const ADMIN = { user: { id: 'a', role: 'admin' } } as Session;
const VIEWER = { user: { id: 'b', role: 'viewer' } } as Session;
const SIGNED_OUT = new ProblemError({
  type: 'urn:problem-type:admin-metrics:unauthenticated',
  title: 'Unauthenticated',
  status: 401,
  detail: 'nobody is signed in',
  instance: '/',
  requestId: '1',
});

let stop: () => void = () => undefined;
afterEach(() => stop());

/** A tab in which an administrator has looked at rows; the service says that `now` is so. */
function tab(now: () => Promise<Session>) {
  const queryClient = new QueryClient();
  queryClient.setQueryData(getSessionQueryKey(), ADMIN);
  queryClient.setQueryData(['rows'], 'of the administrator');
  const getSession = vi.fn(now);
  const watcher = { onEnded: vi.fn(), onOther: vi.fn() };
  stop = watchSession(queryClient, { background: { getSession } } as unknown as MetricsClient, watcher);
  return { queryClient, getSession, ...watcher };
}

it('somebody else who signs in in another tab sees nothing of who was signed in before', async () => {
  const { queryClient, onOther } = tab(() => Promise.resolve(VIEWER));
  tellSessionChanged();
  await expect.poll(() => onOther.mock.calls.length).toBe(1);
  expect(queryClient.getQueryData(['rows'])).toBeUndefined();
  expect(queryClient.getQueryData(getSessionQueryKey())).toBe(VIEWER);
});

it('a tab that is looked at finds out that its session has ended', async () => {
  const { onEnded } = tab(() => Promise.reject(SIGNED_OUT));
  document.dispatchEvent(new Event('visibilitychange'));
  await expect.poll(() => onEnded.mock.calls.length).toBe(1);
});

it('the same person goes on with what is there', async () => {
  const { queryClient, getSession, onOther } = tab(() => Promise.resolve({ ...ADMIN }));
  document.dispatchEvent(new Event('visibilitychange'));
  await expect.poll(() => getSession.mock.settledResults[0]?.type).toBe('fulfilled');
  await Promise.resolve();
  expect(onOther).not.toHaveBeenCalled();
  expect(queryClient.getQueryData(['rows'])).toBe('of the administrator');
});
