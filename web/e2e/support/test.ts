/**
 * What the browser tests are written with: Playwright's `test` with the service around it. See e2e/README.md.
 */

import { type BrowserContextOptions, expect, type Page, test as base } from '@playwright/test';

import { type Account, ADMIN, VIEWER } from './accounts';
import { audit } from './audit';
import type { Service, Variables } from './service';
import { type ExpectsFailures, Watch } from './watch';
import { World } from './world';

export { ADMIN, audit, expect, VIEWER };
export type { Account, Page, Service, World };

/** Whose page it is, and where from. */
export interface Visit extends BrowserContextOptions {
  /** Who is signed in; nobody, unless said. */
  as?: Account;
  /** The instance that serves it; the first one, unless said. */
  from?: Service;
}

/** What a test may ask for. */
interface ForATest {
  /** A page on which {@link ADMIN} is signed in; it has loaded nothing yet. */
  signedIn: Page;
  /** A page on which {@link VIEWER} is signed in, in a browser of their own. */
  viewer: Page;
  /** Opens a page in a browser of its own, which shares nothing with others. */
  visit: (visit?: Visit) => Promise<Page>;
  /** Announces what goes wrong on purpose. */
  expectsFailures: ExpectsFailures;
  watch: Watch;
}

/** What the tests of a file share. */
interface ForAWorker {
  /** The service and what it stands on. */
  world: World;
  /**
   * A name; a file that says one of its own (`test.use({ worldName: 'rows' })`) has a world of its own, with data that
   * nobody else changes.
   */
  worldName: string;
  /** Variables of the instances, for a file that wants others; a world of its own comes with them. */
  variables: Variables;
}

export const test = base.extend<ForATest, ForAWorker>({
  worldName: ['shared', { scope: 'worker', option: true }],
  variables: [{}, { scope: 'worker', option: true }],

  world: [
    async ({ variables }, use) => {
      const world = await World.make(variables);
      await use(world);
      await world.end();
    },
    { scope: 'worker', timeout: 120_000 },
  ],

  baseURL: async ({ world }, use) => use(world.a.url),

  watch: [
    // eslint-disable-next-line no-empty-pattern -- a fixture that needs nothing is written like that
    async ({}, use) => {
      const watch = new Watch();
      await use(watch);
      expect(watch.unexpected, 'what the browser complains about').toEqual([]);
    },
    { auto: true },
  ],

  context: async ({ context, watch }, use) => {
    watch.over(context);
    await use(context);
  },

  expectsFailures: async ({ watch }, use) => use(watch.expects),

  signedIn: async ({ page, world }, use) => {
    await signIn(page, ADMIN, world.a);
    await use(page);
  },

  viewer: async ({ visit }, use) => use(await visit({ as: VIEWER })),

  visit: async ({ browser, world, watch }, use) => {
    const contexts: { close: () => Promise<void> }[] = [];
    await use(async ({ as, from = world.a, ...options } = {}) => {
      const context = await browser.newContext({ baseURL: from.url, ...options });
      contexts.push(context);
      watch.over(context);
      const page = await context.newPage();
      if (as) await signIn(page, as, from);
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});

/** Signs in without a page: the browser has the cookie then. */
export async function signIn(page: Page, { email, password }: Account, service: Service): Promise<void> {
  const answer = await page
    .context()
    .request.post(`${service.url}/api/v1/session`, { data: { email, password } });
  expect(answer.ok(), `signing in as ${email}: ${await answer.text()}`).toBe(true);
}
