/** What only administrators may look at: others are told so, whichever way they came. */

import { LockKeyhole } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { EmptyState, PageHeader } from '../ui/surface';
import { useIsAdmin } from './routes';

/** `children` to administrators; to others that the page called `title` is not for them, without asking the service for it. */
export function AdminsOnly({ title, children }: { title: string; children: ReactNode }) {
  const t = useTranslations('shell');
  if (useIsAdmin()) return children;
  return (
    <>
      <PageHeader title={title} />
      <EmptyState icon={LockKeyhole} title={t('adminsOnly')}>
        <p>{t('adminsOnlyText')}</p>
      </EmptyState>
    </>
  );
}
