/** The page. */

import { useTranslations } from 'use-intl';

import { PageHeader } from '../../ui/surface';

export function AccountPage() {
  const t = useTranslations('account');
  return <PageHeader title={t('title')} />;
}
