/** The page. */

import { useTranslations } from 'use-intl';

import { PageHeader } from '../../ui/surface';

export function CachePage() {
  const t = useTranslations('cache');
  return <PageHeader title={t('title')} />;
}
