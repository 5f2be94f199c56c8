/** What went wrong, for who looks at the page: in their language what kind of thing it was, and what the service says of it. */

import { isNetworkError, isProblem, type ProblemName } from '@admin-metrics/client';
import { CircleAlert, RotateCw } from 'lucide-react';
import { useCallback } from 'react';
import { useLocale, useTranslations } from 'use-intl';

import { Button } from './button';
import { classNames } from './class-names';
import styles from './problem.module.css';

/** Problems that have a text of their own; of the others the service's own words, which are English, are shown. */
const WITH_TEXT = [
  'forbidden',
  'sign-in-refused',
  'sign-in-not-allowed',
  'not-found',
  'duplicate-email',
  'illegal-move',
  'last-admin',
  'link-of-no-use',
  'lost-update',
  'unknown-parent',
  'invalid-link',
  'internal',
  'unavailable',
] as const satisfies readonly ProblemName[];

/** What to say of an error. */
export function useProblemText(): (error: unknown) => string {
  const t = useTranslations('problems');
  return (error) => {
    if (isNetworkError(error)) return error.timedOut ? t('timed-out') : t('unreachable');
    if (!isProblem(error)) return t('unexpected');
    if (isProblem(error, 'too-many-attempts'))
      return t('too-many-attempts', { seconds: error.retryAfter ?? 60 });
    const known = WITH_TEXT.find((name) => name === error.problem);
    return known === undefined ? t('other', { detail: error.detail }) : t(known);
  };
}

/** What to say of the fields that an error names, by their names. */
export function useFieldErrors(): (error: unknown) => Record<string, string> {
  const t = useTranslations('fieldErrors');
  const locale = useLocale();
  return useCallback(
    (error) => {
      if (!isProblem(error)) return {};
      // The service's own words are more precise, and English.
      const texts = error.errors.map(({ field, code, detail }) => [
        field,
        locale === 'en' ? detail : t(code),
      ]);
      return Object.fromEntries(texts) as Record<string, string>;
    },
    [t, locale],
  );
}

/** A note about what went wrong, where it did. It is read out. */
export function ProblemNote({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const t = useTranslations('ui');
  const textOf = useProblemText();
  return (
    <div className={styles['note']} role="alert">
      <CircleAlert className={styles['icon']} aria-hidden="true" />
      <div className={styles['text']}>
        <p>{textOf(error)}</p>
        {isProblem(error) && error.status >= 500 && (
          <p className={styles['reference']}>{t('requestId', { id: error.requestId })}</p>
        )}
      </div>
      {onRetry && (
        <Button size="small" icon={RotateCw} onClick={onRetry}>
          {t('retry')}
        </Button>
      )}
    </div>
  );
}

/** The same where nothing else can be shown. */
export function ProblemState({
  error,
  onRetry,
  className,
}: {
  error: unknown;
  onRetry?: () => void;
  className?: string;
}) {
  return (
    <div className={classNames(styles['state'], className)}>
      <ProblemNote error={error} {...(onRetry && { onRetry })} />
    </div>
  );
}
