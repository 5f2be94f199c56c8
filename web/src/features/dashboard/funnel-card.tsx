/** How far the users created in the period have come, step by step. */

import { Filter } from 'lucide-react';
import { useFormatter, useTranslations } from 'use-intl';

import { EmptyState } from '../../ui/surface';
import { Bar } from './bar';
import { rowsOfFunnelTop } from './drill-down';
import styles from './funnel-card.module.css';
import { Panel } from './panel';
import { useShown } from './query';
import { RowsLink } from './rows-link';

/** The card. */
export function FunnelCard() {
  const t = useTranslations('dashboard.funnel');
  const format = useFormatter();
  const { funnel, meta } = useShown().answer.overview;
  const all = funnel[0]?.count ?? 0;
  const share = (count: number, of: number) => (of === 0 ? '–' : format.number(count / of, 'percent'));
  return (
    <Panel title={t('title')} note={t('note')} part="overview" name="funnel">
      {all === 0 ? (
        <EmptyState icon={Filter} title={t('none')} />
      ) : (
        <>
          <table className={styles['funnel']}>
            <thead>
              <tr>
                <th scope="col">{t('step')}</th>
                <td />
                <th scope="col">{t('count')}</th>
                <th scope="col">{t('ofPrevious')}</th>
                <th scope="col">{t('ofAll')}</th>
              </tr>
            </thead>
            <tbody>
              {funnel.map(({ step, count }, index) => (
                <tr key={step} data-step={step}>
                  <th scope="row">{t(step)}</th>
                  <td className={styles['bar']}>
                    <Bar of="users" share={count / all} />
                  </td>
                  <td className={styles['count']}>
                    {index === 0 ? (
                      <RowsLink target={rowsOfFunnelTop(meta)}>{format.number(count, 'integer')}</RowsLink>
                    ) : (
                      format.number(count, 'integer')
                    )}
                  </td>
                  <td className={styles['share']}>
                    {index === 0 ? '' : share(count, funnel[index - 1]?.count ?? 0)}
                  </td>
                  <td className={styles['share']}>{share(count, all)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <p className={styles['note']}>{t('lists')}</p>
        </>
      )}
    </Panel>
  );
}
