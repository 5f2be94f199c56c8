/** What is shown where an address leads nowhere. */

import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { buttonClass } from '../ui/button';
import { EmptyState, PageHeader } from '../ui/surface';

export function NotFoundPage() {
  const t = useTranslations('shell');
  return (
    <>
      <PageHeader title={t('notFound')} />
      <EmptyState icon={Compass} title={t('notFoundText')}>
        <Link to="/" className={buttonClass()}>
          {t('toDashboard')}
        </Link>
      </EmptyState>
    </>
  );
}
