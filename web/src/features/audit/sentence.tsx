/** Who did what, as a sentence. */

import type { AuditEntry } from '@admin-metrics/client';
import { Link } from '@tanstack/react-router';
import { useTranslations } from 'use-intl';

import { shortId } from '../../ui/short-id';
import { pageOfSubject } from './entry';
import { useSentenceValues } from './words';
import styles from './audit.module.css';

/** The sentence; the row it speaks of is a link, where it is still there. */
export function Sentence({ entry }: { entry: AuditEntry }) {
  const t = useTranslations('audit');
  const valuesOf = useSentenceValues();
  const { actor, subject, action } = entry;
  return t.rich(`sentence.${action}`, {
    ...valuesOf(entry),
    id: subject.id === null ? '' : shortId(subject.id),
    actor:
      actor.kind === 'token'
        ? t('token', { name: actor.name ?? '' })
        : (actor.name ?? t(`actorKind.${actor.kind}`)),
    who: (text) => <strong className={styles['who']}>{text}</strong>,
    what: (text) => {
      const page = pageOfSubject(entry);
      const className = styles['what'] ?? '';
      return page ? (
        <Link {...page} className={className}>
          {text}
        </Link>
      ) : (
        <span className={className}>{text}</span>
      );
    },
  });
}
