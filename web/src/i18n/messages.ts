/** The texts of a language, loaded when they are needed. */

import type en from './messages/en';
import type { Locale } from './locale';

/** All texts, by feature. Their type is the English ones', as it tells which values a text needs. */
export type Messages = typeof en;

/** The same names with a text each. */
export type Translation<Texts> = {
  [Name in keyof Texts]: Texts[Name] extends string ? string : Translation<Texts[Name]>;
};

/** Loads the texts of a language. */
export async function loadMessages(locale: Locale): Promise<Messages> {
  switch (locale) {
    case 'en':
      return (await import('./messages/en')).default;
    case 'fr':
      return (await import('./messages/fr')).default satisfies Translation<Messages> as unknown as Messages;
  }
}
