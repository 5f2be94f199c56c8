/** What stands around the pages of who is not signed in. */

import type { ReactNode } from 'react';

import { Settings } from '../../app/settings';
import { Brand } from '../../app/brand';
import { Card, PageHeader } from '../../ui/surface';
import styles from './gate.module.css';

export function Gate({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  return (
    <div className={styles['gate']}>
      <header className={styles['header']}>
        <Brand />
        <Settings />
      </header>
      <main className={styles['main']}>
        <Card className={styles['card']}>
          <PageHeader title={title} {...(note !== undefined && { note })} />
          {children}
        </Card>
      </main>
    </div>
  );
}
