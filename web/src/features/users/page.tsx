/** The page. */

import { useTranslations } from 'use-intl';

import { PageHeader } from '../../ui/surface';

export function UsersPage() {
  const t = useTranslations('shell');
  return <PageHeader title={t('users')} />;
}
