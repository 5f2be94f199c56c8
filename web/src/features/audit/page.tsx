/** The page. */

import { useTranslations } from 'use-intl';

import { PageHeader } from '../../ui/surface';

export function AuditPage() {
  const t = useTranslations('audit');
  return <PageHeader title={t('title')} />;
}
