/** The page in the language that is chosen. */

import { type ReactNode, useEffect, useState } from 'react';
import { IntlProvider } from 'use-intl';

import { formats } from './formats';
import { type Locale, useLocaleChoice } from './locale';
import { type Messages, loadMessages } from './messages';

/** A language with its texts. */
export interface Language {
  locale: Locale;
  messages: Messages;
}

/** Loads a language. */
export async function loadLanguage(locale: Locale): Promise<Language> {
  return { locale, messages: await loadMessages(locale) };
}

/** Shows `children` in the language that is chosen; in the one before until its texts are there. */
export function LanguageProvider({ initial, children }: { initial: Language; children: ReactNode }) {
  const [chosen] = useLocaleChoice();
  const [{ locale, messages }, setLanguage] = useState(initial);
  useEffect(() => {
    let isWanted = true;
    void loadLanguage(chosen).then((language) => {
      if (isWanted) setLanguage(language);
    });
    return () => {
      isWanted = false;
    };
  }, [chosen]);
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return (
    <IntlProvider locale={locale} messages={messages} formats={formats} timeZone={browserTimeZone()}>
      {children}
    </IntlProvider>
  );
}

/** The time zone of this browser. */
export function browserTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
