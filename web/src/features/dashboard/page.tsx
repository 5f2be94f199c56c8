/** The page. */

import { useTranslations } from 'use-intl';

import { PageHeader } from '../../ui/surface';

export function DashboardPage() {
  const t = useTranslations('dashboard');
  return <PageHeader title={t('title')} />;
}
