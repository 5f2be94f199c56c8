/** All that an entry says, and the ways to what belongs to it. */

import type { AuditEntry } from '@admin-metrics/client';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslations } from 'use-intl';

import { type Change, changesOf, othersOf } from './entry';
import { useFieldWords } from './words';
import styles from './audit.module.css';

const OTHERS = [
  'reason',
  'sessions',
  'everywhere',
  'link',
  'expiresAt',
  'activated',
  'name',
  'role',
  'tags',
  'filters',
  'period',
  'tz',
] as const;

export function Details({ entry }: { entry: AuditEntry }) {
  const t = useTranslations('audit');
  const { actor, subject, address, requestId } = entry;
  const changes = changesOf(entry);
  return (
    <dl className={styles['details']}>
      {changes.length > 0 && (
        <Detail name={t('detail.fields')}>
          <ul>
            {changes.map((change) => (
              <li key={change.field}>
                <ChangeLine subject={subject} change={change} />
              </li>
            ))}
          </ul>
        </Detail>
      )}
      {othersOf(entry).map(([name, text]) => {
        const known = OTHERS.find((other) => other === name);
        return (
          <Detail key={name} name={known ? t(`other.${known}`) : name}>
            {text}
          </Detail>
        );
      })}
      <Detail name={t('detail.by')}>
        {actor.name ?? t(`actorKind.${actor.kind}`)}
        {actor.id !== null && (
          <>
            {' '}
            <code>{actor.id}</code>{' '}
            <Link to="/audit" search={{ actorId: actor.id }}>
              {t('detail.onlyActor')}
            </Link>
          </>
        )}
      </Detail>
      {subject.id !== null && (
        <Detail name={t('detail.subject')}>
          {t(`filter.subjects.${subject.kind}`)} <code>{subject.id}</code>{' '}
          <Link to="/audit" search={{ subjectKind: subject.kind, subjectId: subject.id }}>
            {t('detail.onlySubject')}
          </Link>
        </Detail>
      )}
      {address !== null && <Detail name={t('detail.address')}>{address}</Detail>}
      {requestId !== null && (
        <Detail name={t('detail.requestId')}>
          <code>{requestId}</code>{' '}
          <Link to="/audit" search={{ requestId }}>
            {t('detail.onlyRequest')}
          </Link>
        </Detail>
      )}
      <Detail name={t('detail.entry')}>
        <code>{entry.id}</code>
      </Detail>
    </dl>
  );
}

function Detail({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function ChangeLine({ subject, change }: { subject: AuditEntry['subject']; change: Change }) {
  const t = useTranslations('audit.detail');
  const words = useFieldWords();
  const { field, from, to } = change;
  const value = (text: string) => words.value(subject, field, text);
  return (
    <>
      {words.field(field)}:{' '}
      {to === undefined
        ? t('notKept')
        : from === undefined
          ? value(to)
          : t('change', { from: value(from), to: value(to) })}
    </>
  );
}
