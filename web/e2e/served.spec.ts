/** How the pages come to a browser: every path of theirs leads to them, however it is reached, and nothing else does. */

import type { Response } from '@playwright/test';

import session from '../src/i18n/messages/en/session';
import shell from '../src/i18n/messages/en/shell';
import { PAGES } from './support/pages';
import { shown } from './support/shown';
import { ADMIN, expect, type Page, test } from './support/test';

const title = (page: Page) => page.getByRole('heading', { level: 1 });

test('a path that leads nowhere shows the page that says so', async ({ signedIn }) => {
  const answer = await signedIn.goto('/no/such/page?at=all');
  expect(answer?.status()).toBe(200);
  await expect(title(signedIn)).toHaveText(shell.notFound);
  await signedIn.getByRole('link', { name: shell.toDashboard }).click();
  await expect(signedIn).toHaveURL(({ pathname }) => pathname === '/');
});

test('an address can be opened, reloaded, gone back to and gone forward to', async ({ signedIn }) => {
  await signedIn.goto('/users?status=active');
  await expect(title(signedIn)).toHaveText(shell.users);
  await signedIn.getByRole('navigation').getByRole('link', { name: shell.leads, exact: true }).click();
  await expect(title(signedIn)).toHaveText(shell.leads);
  await signedIn.goBack();
  await expect(title(signedIn)).toHaveText(shell.users);
  await expect(signedIn).toHaveURL(/\/users\?.*active/);
  await signedIn.reload();
  await expect(title(signedIn)).toHaveText(shell.users);
  await expect(signedIn).toHaveURL(/\/users\?.*active/);
  await signedIn.goForward();
  await expect(title(signedIn)).toHaveText(shell.leads);
});

test('whoever is not signed in signs in first, and is then where they wanted to be', async ({ page }) => {
  await page.goto('/proposals?status=sent');
  await expect(title(page)).toHaveText(session.title);
  await page.getByLabel(session.email).fill(ADMIN.email);
  await page.getByLabel(session.password).fill(ADMIN.password);
  await page.getByRole('button', { name: session.submit }).click();
  await expect(title(page)).toHaveText(shell.proposals);
  await expect(page).toHaveURL(/\/proposals\?.*sent/);
});

test('a page of the dashboard is no path of the API, and none is missing', async ({ signedIn, world }) => {
  expect(PAGES).toContain('/');
  expect(PAGES.length).toBeGreaterThanOrEqual(10);
  for (const path of ['/api/v1/nothing', '/assets/gone.js', '/health/nothing', '/docs/nothing.js']) {
    const answer = await signedIn.request.get(world.a.url + path, { headers: { Accept: 'text/html' } });
    expect(answer.status(), path).toBe(404);
    expect(answer.headers()['content-type'], path).toBe('application/problem+json');
  }
});

test('the page keeps to a strict policy, and its files are kept for as long as they may', async ({
  signedIn,
}) => {
  const answers: Response[] = [];
  signedIn.on('response', (answer) => answers.push(answer));
  const page = await signedIn.goto('/');
  await shown(signedIn);
  if (!page) throw new Error('there is no answer');

  const { 'content-security-policy': policy = '', 'cache-control': kept, etag } = page.headers();
  expect(policy).toMatch(/^default-src 'self';/);
  expect(policy).not.toContain('unsafe');
  for (const part of [
    "frame-ancestors 'none'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
  ]) {
    expect(policy).toContain(part);
  }
  expect(kept).toBe('no-cache');
  expect(etag).toMatch(/^"/);
  const text = await page.text();
  expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);

  const assets = answers.filter((answer) => new URL(answer.url()).pathname.startsWith('/assets/'));
  expect(assets.length).toBeGreaterThan(1);
  for (const asset of assets) {
    const headers = asset.headers();
    expect(asset.status(), asset.url()).toBe(200);
    expect(headers['cache-control'], asset.url()).toBe('public, max-age=31536000, immutable');
    expect(headers['vary'], asset.url()).toBe('Accept-Encoding');
  }
  // The bulk of it was packed when it was built.
  const packed = assets.filter((asset) => asset.headers()['content-encoding'] === 'br');
  expect(packed.length).toBeGreaterThan(assets.length / 2);
});

test('a reload asks for the page only, and the browser has it already', async ({ signedIn, world }) => {
  const page = await signedIn.goto('/');
  const { etag = '' } = page?.headers() ?? {};
  const headers = { Accept: 'text/html', 'Accept-Encoding': 'br', 'If-None-Match': etag };
  for (const path of ['/', '/users']) {
    const again = await signedIn.request.get(world.a.url + path, { headers });
    expect(again.status(), path).toBe(304);
    // It counts for what the browser has.
    expect(again.headers()['content-security-policy'], path).toBe(page?.headers()['content-security-policy']);
  }
});
