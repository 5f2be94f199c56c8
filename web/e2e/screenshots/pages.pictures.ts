/** Takes a picture of every page: light, dark, and on a phone. `npm run screenshots`. */

import { fileURLToPath } from 'node:url';

import { ADMIN, expect, type Page, test, type World } from '../support/test';

const FOLDER = fileURLToPath(new URL('../../../docs/screenshots/', import.meta.url));

/** How each page is looked at. */
const VARIANTS = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 390, height: 844 }, colorScheme: 'light' },
} as const;

/** A page, and what is done there before it is worth a picture. */
interface Subject {
  name: string;
  /** Its address; a function where that is not known beforehand. */
  path: string | ((world: World) => Promise<string>);
  isAnonymous?: boolean;
  prepare?: (page: Page) => Promise<void>;
}

const SUBJECTS: readonly Subject[] = [
  { name: 'sign-in', path: '/sign-in', isAnonymous: true },
  { name: 'dashboard', path: '/' },
  { name: 'users', path: '/users' },
  {
    name: 'user',
    path: async (world) => {
      const { items } = await world.client().listUsers({ query: { status: ['active'], limit: 3 } });
      return `/users?row=${items.at(-1)?.id ?? ''}`;
    },
  },
  { name: 'proposals', path: '/proposals' },
  { name: 'leads', path: '/leads' },
  { name: 'cache', path: '/cache', prepare: watchForAWhile },
  { name: 'audit', path: '/audit' },
  { name: 'tokens', path: '/tokens' },
  { name: 'account', path: '/account' },
];

test.beforeAll(async ({ world }) => {
  await beBusy(world);
});

for (const { name, path, isAnonymous = false, prepare } of SUBJECTS) {
  for (const [variant, options] of Object.entries(VARIANTS)) {
    test(`${name}, ${variant}`, async ({ visit, world }) => {
      const page = await visit({ ...options, reducedMotion: 'reduce', ...(!isAnonymous && { as: ADMIN }) });
      await page.goto(typeof path === 'string' ? path : await path(world));
      // Behind an open panel it is not there for everybody.
      await expect(page.locator('h1')).toBeVisible();
      await expect(page.getByText('Loading…')).toHaveCount(0);
      await prepare?.(page);
      await fit(page, variant === 'phone');
      await page.screenshot({ path: `${FOLDER}${name}-${variant}.png`, animations: 'disabled' });
    });
  }
}

/** Something to be seen on the pages for operators. */
async function beBusy(world: World): Promise<void> {
  const metrics = world.client();
  const [b] = [world.client(world.b)];
  for (const period of ['7d', '30d', '365d'] as const) {
    for (const client of [metrics, b, metrics, b]) await client.getDashboard({ query: { period } });
  }
  const { items } = await metrics.listLeads({ query: { status: ['new'], limit: 3 } });
  for (const { id } of items) await metrics.updateLead({ path: { id }, body: { status: 'contacted' } });
  await metrics.createInvalidation({ body: { tags: ['proposals'] } });
}

/** The cache page shows what it has seen: a few polls, while somebody asks for figures. */
async function watchForAWhile(page: Page): Promise<void> {
  for (let polls = 0; polls < 4; polls += 1) {
    await page.context().request.get('/api/v1/metrics/dashboard?period=30d');
    await page.waitForResponse((answer) => answer.url().endsWith('/cache/stats'));
  }
}

/** Makes the window as high as the page, within reason: bars that stick to it are where they belong. */
async function fit(page: Page, isPhone: boolean): Promise<void> {
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  const { width } = page.viewportSize() ?? { width: 1280 };
  await page.setViewportSize({ width, height: Math.min(height, isPhone ? 1600 : 1200) });
  await page.evaluate(() => document.fonts.ready);
}
