/** From one page of a list to the next, and back. */

import type { PageInfo } from '@admin-metrics/client';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useFormatter, useTranslations } from 'use-intl';

import { Button } from '../../ui/button';
import { Select } from '../../ui/form';
import styles from './pager.module.css';
import { PAGE_SIZES } from './search';
import type { ListPlace } from './use-place';

export interface PagerProps {
  place: ListPlace;
  /** Of the page that is shown; undefined while none is. */
  page: PageInfo | undefined;
  /** How many rows it has. */
  count: number;
  /** It is the page before the one that is on its way. */
  isOld: boolean;
}

export function Pager({ place, page, count, isOld }: PagerProps) {
  const t = useTranslations('rows.page');
  const format = useFormatter();
  const { pagesBefore, limit } = place;
  const next = isOld ? undefined : page?.nextCursor;
  const first = (pagesBefore ?? 0) * limit + 1;
  return (
    <nav className={styles['pager']} aria-label={t('label')}>
      <label className={styles['size']}>
        <span>{t('size')}</span>
        <Select
          label={t('size')}
          value={String(limit)}
          options={PAGE_SIZES.map((size) => ({ value: String(size), label: format.number(size) }))}
          onChange={(size) => place.setLimit(PAGE_SIZES.find((known) => String(known) === size))}
        />
      </label>
      <span className={styles['range']} role="status">
        {page?.total !== undefined && count > 0 && pagesBefore !== undefined && !isOld && (
          <>
            {t('range', {
              from: format.number(first),
              to: format.number(first + count - 1),
              total: format.number(page.total),
            })}
          </>
        )}
      </span>
      <div className={styles['buttons']}>
        {pagesBefore === undefined ? (
          <Button size="small" onClick={place.goToFirst}>
            {t('first')}
          </Button>
        ) : (
          <Button size="small" icon={ChevronLeft} disabled={pagesBefore === 0} onClick={place.goBack}>
            {t('previous')}
          </Button>
        )}
        <Button size="small" disabled={!next} onClick={() => next && place.goOn(next)}>
          {t('next')}
          <ChevronRight className={styles['icon']} aria-hidden="true" />
        </Button>
      </div>
    </nav>
  );
}
