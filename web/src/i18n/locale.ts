/** The languages, and which one is shown. */

import { preference, usePreference } from '../app/preference';

/** The languages there are. */
export const LOCALES = ['en', 'fr'] as const;
export type Locale = (typeof LOCALES)[number];

/** The first language of the browser that there is; else English. */
export function localeOf(languages: readonly string[]): Locale {
  const wanted = languages.map((language) => language.split('-')[0]?.toLowerCase());
  return wanted.flatMap((language) => LOCALES.filter((locale) => locale === language))[0] ?? 'en';
}

/** Which language is shown. */
export const chosenLocale = preference<Locale>('language', LOCALES, () => localeOf(navigator.languages));

/** What is shown, and how to choose. */
export function useLocaleChoice(): [Locale, (locale: Locale) => void] {
  return usePreference(chosenLocale);
}
