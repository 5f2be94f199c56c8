/** What `./locale` has to do. */

import { describe, expect, it } from 'vitest';

import { localeOf } from './locale';

describe('the language of a browser', () => {
  it.each([
    [['fr-CA', 'en'], 'fr'],
    [['de', 'fr'], 'fr'],
    [['EN-gb'], 'en'],
    [['de'], 'en'],
    [[], 'en'],
  ] as const)('%j is shown in %s', (languages, locale) => {
    expect(localeOf(languages)).toBe(locale);
  });
});
