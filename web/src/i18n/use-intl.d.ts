/** Tells use-intl which texts there are, so that the name of one that does not exist is an error. */

import type en from './messages/en';
import type { formats } from './formats';
import type { Locale } from './locale';

declare module 'use-intl' {
  interface AppConfig {
    Locale: Locale;
    Messages: typeof en;
    Formats: typeof formats;
  }
}
