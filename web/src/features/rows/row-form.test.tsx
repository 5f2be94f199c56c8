/** What `./row-form` has to do. */

import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { IntlProvider } from 'use-intl';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { loadLanguage } from '../../i18n/provider';
import type { Entity } from './entity';
import { RowForm } from './row-form';
import type { Row } from './sources';

const ROW = { id: 'u', title: 'Roof', status: 'draft', createdAt: '', updatedAt: '' };

let finish: (row: Row) => void = () => undefined;
const entity = {
  kind: 'proposals',
  form: [{ kind: 'text', name: 'title', label: 'title' }],
  nameOf: () => 'Roof',
  get: (id: string) => ({ queryKey: ['proposal', id] }),
  create: () => new Promise<Row>((done) => (finish = done)),
} as unknown as Entity<Row>;

describe('the form of a row', () => {
  const onDone = vi.fn();
  const queryClient = new QueryClient();
  const kept = () => queryClient.getQueryData(['proposal', 'u']);

  beforeEach(() => {
    onDone.mockClear();
    queryClient.clear();
  });
  afterEach(cleanup);

  async function saving() {
    const { messages } = await loadLanguage('en');
    const shown = render(
      <IntlProvider locale="en" messages={messages} timeZone="UTC">
        <QueryClientProvider client={queryClient}>
          <RowForm entity={entity} onTyped={vi.fn()} onDone={onDone} onCancel={vi.fn()} />
        </QueryClientProvider>
      </IntlProvider>,
    );
    fireEvent.change(screen.getByLabelText('Title'), { target: { value: 'Roof' } });
    fireEvent.click(screen.getByRole('button', { name: 'Create' }));
    await waitFor(() =>
      expect(screen.getByRole('button', { name: 'Create' }).getAttribute('aria-busy')).toBe('true'),
    );
    return shown;
  }

  it('goes on to the row that was saved', async () => {
    await saving();
    finish(ROW);
    await waitFor(() => expect(onDone).toHaveBeenCalledExactlyOnceWith(ROW));
    expect(kept()).toEqual(ROW);
  });

  it('does not call back who has left while it was saved', async () => {
    const { unmount } = await saving();
    unmount();
    finish(ROW);
    await waitFor(() => expect(kept()).toEqual(ROW));
    expect(onDone).not.toHaveBeenCalled();
  });
});
