/** A card of the dashboard: its head, what it shows, and how new that is. */

import type { ReactNode } from 'react';

import { classNames } from '../../ui/class-names';
import { Card, CardHeader, Skeleton } from '../../ui/surface';
import type { Part } from './freshness';
import { FreshnessLine } from './freshness-line';
import styles from './panel.module.css';

export interface PanelProps {
  title: string;
  note?: string;
  /** Which part of the dashboard it shows. */
  part: Part;
  /** What belongs beside the title. */
  aside?: ReactNode;
  /** What it shows goes from edge to edge. */
  isWide?: boolean;
  /** What tests know it by. */
  name: string;
  children: ReactNode;
}

/** The card. */
export function Panel({ title, note, part, aside, isWide = false, name, children }: PanelProps) {
  return (
    <Card aria-label={title} className={styles['panel']} data-panel={name}>
      <CardHeader title={title} {...(note !== undefined && { note })}>
        {aside}
      </CardHeader>
      <div className={classNames(styles['body'], isWide && styles['wide'])}>{children}</div>
      <footer className={styles['footer']}>
        <FreshnessLine part={part} />
      </footer>
    </Card>
  );
}

/** As much room as a card takes. */
export function PanelSkeleton({ title, size }: { title: string; size: 'bars' | 'rows' }) {
  return (
    <Card className={styles['panel']}>
      <CardHeader title={title} />
      <div className={styles['body']}>
        <Skeleton className={styles[size]} />
      </div>
      <footer className={styles['footer']} />
    </Card>
  );
}
