/** Language and appearance: kept in this browser. */

import { Languages } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { LOCALES, useLocaleChoice } from '../i18n/locale';
import { IconButton } from '../ui/button';
import { Menu, MenuChoice, MenuSeparator } from '../ui/menu';
import { useTheme } from './theme';

/** What each language calls itself. */
export const LANGUAGE_NAMES = { en: 'English', fr: 'Français' } as const;

/** A button with both. */
export function Settings() {
  const t = useTranslations('shell');
  return (
    <Menu trigger={<IconButton icon={Languages} label={t('settings')} />}>
      <SettingsItems />
    </Menu>
  );
}

/** The two choices, in a menu. */
export function SettingsItems() {
  const t = useTranslations('shell');
  const [locale, setLocale] = useLocaleChoice();
  const [theme, setTheme] = useTheme();
  return (
    <>
      <MenuChoice
        label={t('language')}
        value={locale}
        options={LOCALES.map((value) => ({
          value,
          label: <span lang={value}>{LANGUAGE_NAMES[value]}</span>,
        }))}
        onChange={setLocale}
      />
      <MenuSeparator />
      <MenuChoice
        label={t('theme')}
        value={theme}
        options={[
          { value: 'system', label: t('themeSystem') },
          { value: 'light', label: t('themeLight') },
          { value: 'dark', label: t('themeDark') },
        ]}
        onChange={setTheme}
      />
    </>
  );
}
