/** The entries of a page of the log; each opens to show all that it says. */

import type { AuditEntry } from '@admin-metrics/client';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { Fragment } from 'react';
import { useFormatter, useNow, useTranslations } from 'use-intl';

import { IconButton } from '../../ui/button';
import { classNames } from '../../ui/class-names';
import { Table } from '../../ui/table';
import { Details } from './details';
import { Sentence } from './sentence';
import styles from './audit.module.css';

export interface EntriesProps {
  entries: readonly AuditEntry[];
  /** The id of the one that is open. */
  open: string | undefined;
  onToggle: (id: string) => void;
}

export function Entries({ entries, open, onToggle }: EntriesProps) {
  const t = useTranslations('audit');
  return (
    <Table caption={t('caption')}>
      <thead>
        <tr>
          <th scope="col" className={styles['when']}>
            {t('when')}
          </th>
          <th scope="col">{t('what')}</th>
          <th scope="col">
            <span className="visually-hidden">{t('details')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <Fragment key={entry.id}>
            <Row entry={entry} isOpen={open === entry.id} onToggle={() => onToggle(entry.id)} />
            {open === entry.id && (
              <tr id={`details-${entry.id}`} className={styles['opened']}>
                <td colSpan={3}>
                  <Details entry={entry} />
                </td>
              </tr>
            )}
          </Fragment>
        ))}
      </tbody>
    </Table>
  );
}

function Row({ entry, isOpen, onToggle }: { entry: AuditEntry; isOpen: boolean; onToggle: () => void }) {
  const t = useTranslations('audit');
  const format = useFormatter();
  const now = useNow({ updateInterval: 30_000 });
  const at = new Date(entry.createdAt);
  const moment = format.dateTime(at, { dateStyle: 'medium', timeStyle: 'medium' });
  return (
    <tr>
      <td className={styles['when']}>
        <time dateTime={entry.createdAt}>
          <span>{format.relativeTime(at > now ? now : at, now)}</span>
          <span className={styles['moment']}>{moment}</span>
        </time>
      </td>
      <td className={styles['sentence']}>
        <Sentence entry={entry} />
        <span className={classNames(styles['moment'], styles['narrow'])}>{moment}</span>
      </td>
      <td className={styles['toggle']}>
        <IconButton
          icon={isOpen ? ChevronUp : ChevronDown}
          label={t('showDetails', { time: moment })}
          size="small"
          aria-expanded={isOpen}
          aria-controls={isOpen ? `details-${entry.id}` : undefined}
          onClick={onToggle}
        />
      </td>
    </tr>
  );
}
