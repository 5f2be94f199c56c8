/** The page. */

import { useTranslations } from 'use-intl';

import { PageHeader } from '../../ui/surface';

export function TokensPage() {
  const t = useTranslations('tokens');
  return <PageHeader title={t('title')} />;
}
