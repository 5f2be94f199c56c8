/** What `./sentence` has to do. */

import { AuditAction, type AuditEntry } from '@admin-metrics/client';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { cleanup, render, waitFor } from '@testing-library/react';
import { IntlProvider } from 'use-intl';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { formats } from '../../i18n/formats';
import { LOCALES, type Locale } from '../../i18n/locale';
import { loadLanguage } from '../../i18n/provider';
import { Sentence } from './sentence';

const ENTRY: AuditEntry = {
  id: '01920000-0000-7000-8000-000000000001',
  createdAt: '2026-11-23T17:00:00Z',
  actor: { kind: 'user', id: '01920000-0000-7000-8000-000000000002', name: 'ada@example.org' },
  action: 'user.updated',
  subject: { kind: 'user', id: '01920000-0000-7000-8000-0000000000ab' },
  address: '203.0.113.7',
  requestId: 'request-1',
  details: { changes: { status: { from: 'invited', to: 'active' }, displayName: {} } },
};

beforeEach(() => {
  vi.stubGlobal('scrollTo', () => undefined);
});
afterEach(cleanup);

/** The sentence about an entry, as a text. */
async function sentence(locale: Locale, change: Partial<AuditEntry>): Promise<HTMLElement> {
  const { messages } = await loadLanguage(locale);
  const router = createRouter({
    routeTree: createRootRoute({ component: () => <Sentence entry={{ ...ENTRY, ...change }} /> }),
    history: createMemoryHistory(),
  });
  const { container } = render(
    <IntlProvider
      locale={locale}
      messages={messages}
      formats={formats}
      timeZone="Europe/Paris"
      onError={(error) => {
        throw error;
      }}
    >
      <RouterProvider router={router as never} />
    </IntlProvider>,
  );
  await waitFor(() => expect(container.textContent).not.toBe(''));
  return container;
}

const text = async (locale: Locale, change: Partial<AuditEntry>) =>
  (await sentence(locale, change)).textContent;

describe.each(LOCALES)('in %s', (locale) => {
  it.each(Object.values(AuditAction))('there is a sentence for %s', async (action) => {
    const said = await text(locale, { action });
    expect(said).toContain('ada@example.org');
    expect(said).not.toMatch(/[{}<>]|audit\./);
  });
});

it('names who did it, what to, and which fields', async () => {
  expect(await text('en', {})).toBe('ada@example.org changed user …000000ab: status and name');
  expect(await text('fr', {})).toMatch(
    /^ada@example.org a modifié l’utilisateur …000000ab\s: statut et nom$/,
  );
});

it('leads to the row', async () => {
  const link = (await sentence('en', {})).querySelector('a');
  expect(link?.getAttribute('href')).toBe('/users?row=01920000-0000-7000-8000-0000000000ab');
});

it('says of a refused sign-in as whom, and why', async () => {
  const refused = {
    action: 'session.refused',
    actor: { kind: 'anonymous', id: null, name: null },
    details: { reason: 'password' },
  } as const;
  expect(await text('en', refused)).toBe(
    'Somebody who was not signed in was refused to sign in as user …000000ab: wrong password',
  );
  expect(await text('en', { ...refused, subject: { kind: 'user', id: null } })).toContain(
    'with an unknown address',
  );
});

it('names a token by its name', async () => {
  const actor = { kind: 'token', id: ENTRY.id, name: 'Prometheus' } as const;
  expect(
    await text('en', { actor, action: 'cache.invalidated', details: { tags: ['users', 'leads'] } }),
  ).toBe('The token “Prometheus” invalidated cached answers: users and leads');
});
