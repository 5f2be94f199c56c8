/** What `./query-client` has to do. */

import { MutationObserver, onlineManager } from '@tanstack/react-query';
import { afterEach, expect, it } from 'vitest';

import { createQueryClient } from './query-client';

afterEach(() => onlineManager.setOnline(true));

it('a write made without a network fails at once, and does not go out later', async () => {
  const queryClient = createQueryClient(() => undefined);
  onlineManager.setOnline(false);
  const write = new MutationObserver(queryClient, {
    mutationFn: () => Promise.reject(new TypeError('no network')),
  });
  void write.mutate().catch(() => undefined);
  await expect.poll(() => write.getCurrentResult().status).toBe('error');
  expect(write.getCurrentResult().isPaused).toBe(false);
});

it('a read made without a network says so, rather than wait for one', async () => {
  const queryClient = createQueryClient(() => undefined);
  onlineManager.setOnline(false);
  const read = queryClient.query({
    queryKey: ['x'],
    queryFn: () => Promise.reject(new TypeError('no network')),
  });
  await expect(read).rejects.toThrow('no network');
});
