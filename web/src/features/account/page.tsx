/** One's own account: who one is, until when one is signed in, password, language and appearance. */

import { LogOut, MonitorX } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { useFormatter, useNow, useTranslations } from 'use-intl';

import { useSession } from '../../app/routes';
import { LANGUAGE_NAMES } from '../../app/settings';
import { useSignOut } from '../../app/sign-out';
import { THEMES, useTheme } from '../../app/theme';
import { LOCALES, useLocaleChoice } from '../../i18n/locale';
import { browserTimeZone } from '../../i18n/provider';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/dialog';
import { Segmented } from '../../ui/segmented';
import { Badge, Card, CardHeader, PageHeader } from '../../ui/surface';
import { PasswordForm } from './password-form';
import styles from './account.module.css';

export function AccountPage() {
  const t = useTranslations('account');
  return (
    <>
      <PageHeader title={t('title')} />
      <div className={styles['cards']}>
        <WhoCard />
        <SessionCard />
        <Card aria-labelledby="account-password">
          <CardHeader id="account-password" title={t('password')} note={t('passwordNote')} />
          <PasswordForm />
        </Card>
        <SettingsCard />
      </div>
    </>
  );
}

function WhoCard() {
  const t = useTranslations('account');
  const roles = useTranslations('common.role');
  const { user } = useSession();
  return (
    <Card aria-labelledby="account-who">
      <CardHeader id="account-who" title={t('who')} />
      <Facts>
        <Fact name={t('name')}>{user.displayName}</Fact>
        <Fact name={t('email')}>{user.email}</Fact>
        <Fact name={t('role')}>
          <Badge tone="accent">{roles(user.role)}</Badge> {t(`roleMeans.${user.role}`)}
        </Fact>
      </Facts>
    </Card>
  );
}

function SessionCard() {
  const t = useTranslations('account');
  const shell = useTranslations('shell');
  const format = useFormatter();
  const now = useNow({ updateInterval: 60_000 });
  const { createdAt, expiresAt, idleMins } = useSession();
  const { signOut, signOutEverywhere, isBusy } = useSignOut();
  const [isAsking, setAsking] = useState(false);
  const moment = (at: string) => (
    <time dateTime={at}>
      {format.dateTime(new Date(at), 'minute')}{' '}
      <span className={styles['ago']}>{format.relativeTime(new Date(at), now)}</span>
    </time>
  );
  return (
    <Card aria-labelledby="account-session">
      <CardHeader id="account-session" title={t('session')} />
      <Facts>
        <Fact name={t('since')}>{moment(createdAt)}</Fact>
        <Fact name={t('until')}>{moment(expiresAt)}</Fact>
        <Fact name={t('idle')}>{t('idleMinutes', { minutes: idleMins })}</Fact>
      </Facts>
      <div className={styles['actions']}>
        <Button icon={LogOut} isBusy={isBusy} onClick={signOut}>
          {shell('signOut')}
        </Button>
        <Button icon={MonitorX} onClick={() => setAsking(true)}>
          {t('everywhere')}
        </Button>
      </div>
      <ConfirmDialog
        isOpen={isAsking}
        onCancel={() => setAsking(false)}
        onConfirm={signOutEverywhere}
        isBusy={isBusy}
        title={t('everywhereTitle')}
        confirmLabel={t('everywhere')}
      >
        <p>{t('everywhereText')}</p>
      </ConfirmDialog>
    </Card>
  );
}

function SettingsCard() {
  const t = useTranslations('account');
  const shell = useTranslations('shell');
  const [locale, setLocale] = useLocaleChoice();
  const [theme, setTheme] = useTheme();
  const themes = { system: shell('themeSystem'), light: shell('themeLight'), dark: shell('themeDark') };
  return (
    <Card aria-labelledby="account-settings">
      <CardHeader id="account-settings" title={shell('settings')} note={t('settingsNote')} />
      <Facts>
        <Fact name={shell('language')}>
          <Segmented
            label={shell('language')}
            value={locale}
            options={LOCALES.map((value) => ({
              value,
              label: <span lang={value}>{LANGUAGE_NAMES[value]}</span>,
            }))}
            onChange={setLocale}
          />
        </Fact>
        <Fact name={shell('theme')}>
          <Segmented
            label={shell('theme')}
            value={theme}
            options={THEMES.map((value) => ({ value, label: themes[value] }))}
            onChange={setTheme}
          />
        </Fact>
        <Fact name={t('timeZone')}>
          {browserTimeZone()} <span className={styles['ago']}>{t('timeZoneNote')}</span>
        </Fact>
      </Facts>
    </Card>
  );
}

function Facts({ children }: { children: ReactNode }) {
  return <dl className={styles['facts']}>{children}</dl>;
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
