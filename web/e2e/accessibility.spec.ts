/** What axe finds on every page: nothing that matters, in light and in dark, on a wide screen and on a phone. */

import { GATES, PAGES } from './support/pages';
import { shown } from './support/shown';
import { audit, expect, test } from './support/test';

const SIZES = { wide: { width: 1440, height: 900 }, phone: { width: 375, height: 812 } };
const SCHEMES = ['light', 'dark'] as const;

for (const path of PAGES) {
  test(`nothing stands in anybody's way on ${path}`, async ({ signedIn, visit }) => {
    const isGate = GATES.includes(path);
    const looked = isGate ? await visit() : signedIn;
    await looked.goto(path);
    await shown(looked);
    for (const [size, viewport] of Object.entries(SIZES)) {
      await looked.setViewportSize(viewport);
      for (const colorScheme of SCHEMES) {
        await looked.emulateMedia({ colorScheme });
        await shown(looked);
        await test.step(`${size}, ${colorScheme}`, () => audit(looked));
      }
      const overflow = await looked.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `what is too wide for ${size}`).toBeLessThanOrEqual(0);
    }
  });
}
