/** How values of rows are shown. */

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useFormatter, useTranslations } from 'use-intl';

import { moneyFormat } from '../../i18n/money';
import { shortId } from '../../ui/short-id';
import { Badge } from '../../ui/surface';
import styles from './cells.module.css';
import type { Row, Source } from './sources';
import { toneOf, useWord, type Vocabulary } from './words';

/** A moment; `null` is one that has not come. */
export function Moment({ value }: { value: string | null }) {
  const t = useTranslations('rows.row');
  const format = useFormatter();
  if (value === null) return <span className={styles['never']}>{t('never')}</span>;
  return (
    <time dateTime={value} className={styles['moment']}>
      {format.dateTime(new Date(value), 'minute')}
    </time>
  );
}

export function Status({ of, value }: { of: Vocabulary; value: string }) {
  return <Badge tone={toneOf(value)}>{useWord()(of, value)}</Badge>;
}

export function Word({ of, value }: { of: Vocabulary; value: string }) {
  return useWord()(of, value);
}

export function Money(props: { amountMinor: number; currency: string }) {
  const format = useFormatter();
  return <span className={styles['money']}>{format.number(...moneyFormat(props))}</span>;
}

/** The row that something belongs to, by its name, as a link to it. */
export function ParentLink<R extends Row>({ source, id }: { source: Source<R>; id: string }) {
  const { data } = useQuery(source.get(id));
  return (
    <Link to={source.path} search={{ row: id }} preload={false}>
      {data === undefined ? shortId(id) : source.nameOf(data)}
    </Link>
  );
}

/** The name of a row that is known by its id. */
export function useNameOf<R extends Row>(source: Source<R>, id: string): string {
  const { data } = useQuery(source.get(id));
  return data === undefined ? shortId(id) : source.nameOf(data);
}
