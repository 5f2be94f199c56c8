/** What `./refresh` has to do. */

import type { Dashboard } from '@admin-metrics/client';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act, renderHook, waitFor } from '@testing-library/react';
import { createElement, type ReactNode } from 'react';
import { expect, it, vi } from 'vitest';

import { metrics } from '../../app/client';
import { dashboardOptions } from './query';
import { useRecompute } from './refresh';

it('what was computed anew belongs to the period that it was asked for, whichever is looked at by then', async () => {
  const queryClient = new QueryClient();
  const answer = {} as Dashboard;
  let isDone: (answer: Dashboard) => void = () => undefined;
  const ask = vi
    .spyOn(metrics, 'refreshMetrics')
    .mockReturnValue(new Promise((resolve) => (isDone = resolve)) as never);
  const onSuccess = vi.fn();
  const { result, rerender } = renderHook((told: Parameters<typeof useRecompute>[0]) => useRecompute(told), {
    initialProps: { onSuccess: vi.fn(), onError: vi.fn() },
    wrapper: ({ children }: { children: ReactNode }) =>
      createElement(QueryClientProvider, { client: queryClient }, children),
  });
  act(() => result.current.mutate({ period: '365d' }));
  // Somebody looks at another period meanwhile.
  rerender({ onSuccess, onError: vi.fn() });
  isDone(answer);
  await waitFor(() => expect(onSuccess).toHaveBeenCalled());
  expect(ask.mock.calls[0]?.[0]?.query).toMatchObject({ period: '365d' });
  const read = (period: '365d' | '7d') => queryClient.getQueryData(dashboardOptions({ period }).queryKey);
  expect(read('365d')).toBe(answer);
  expect(read('7d')).toBeUndefined();
});
