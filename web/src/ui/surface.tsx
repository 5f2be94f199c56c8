/** What things stand on: cards, the head of a page, badges, what is shown where there is nothing, or nothing yet. */

import type { LucideIcon } from 'lucide-react';
import { type ComponentProps, type ReactNode, useEffect } from 'react';
import { useTranslations } from 'use-intl';

import { classNames } from './class-names';
import styles from './surface.module.css';
import tones from './tones.module.css';

/** A card. */
export function Card({ className, ...others }: ComponentProps<'section'>) {
  return <section {...others} className={classNames(styles['card'], className)} />;
}

/** The head of a card: its title, and what belongs beside it. */
export function CardHeader({
  title,
  note,
  children,
  id,
}: {
  title: ReactNode;
  note?: ReactNode;
  children?: ReactNode;
  id?: string;
}) {
  return (
    <header className={styles['cardHeader']}>
      <div className={styles['cardTitle']}>
        <h2 id={id}>{title}</h2>
        {note !== undefined && <p className={styles['cardNote']}>{note}</p>}
      </div>
      {children}
    </header>
  );
}

/** The head of a page. It also names the browser's tab. */
export function PageHeader({
  title,
  note,
  children,
}: {
  title: string;
  note?: ReactNode;
  children?: ReactNode;
}) {
  const t = useTranslations('shell');
  const name = t('name');
  useEffect(() => {
    document.title = `${title} · ${name}`;
  }, [title, name]);
  return (
    <header className={styles['pageHeader']}>
      <div className={styles['pageTitle']}>
        <h1>{title}</h1>
        {note !== undefined && <p className={styles['pageNote']}>{note}</p>}
      </div>
      {children !== undefined && <div className={styles['pageActions']}>{children}</div>}
    </header>
  );
}

/** How a badge looks; what it means stands in it. */
export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad' | 'info';

/** A word that says how something stands. */
export function Badge({ tone = 'neutral', className, ...others }: ComponentProps<'span'> & { tone?: Tone }) {
  return <span {...others} className={classNames(badgeClass(tone), className)} />;
}

/** The classes of a badge, for a button that should look like one. */
export function badgeClass(tone: Tone = 'neutral'): string {
  return classNames(styles['badge'], tones[tone]);
}

/** Where there is nothing to show, and that is how it is. */
export function EmptyState({
  icon: Icon,
  title,
  children,
}: {
  icon?: LucideIcon;
  title: ReactNode;
  children?: ReactNode;
}) {
  return (
    <div className={styles['empty']}>
      {Icon && <Icon className={styles['emptyIcon']} aria-hidden="true" />}
      <p className={styles['emptyTitle']}>{title}</p>
      {children}
    </div>
  );
}

/**
 * As much room as what is not there yet will take. `className` gives it its size; `data-loading` tells tests that something is on
 * its way.
 */
export function Skeleton({ className }: { className?: string | undefined }) {
  return <span className={classNames(styles['skeleton'], className)} data-loading="" aria-hidden="true" />;
}

/** Says once, to who cannot see the skeletons, that something is on its way. */
export function Loading() {
  const t = useTranslations('ui');
  return (
    <span role="status" className="visually-hidden" data-loading="">
      {t('loading')}
    </span>
  );
}
