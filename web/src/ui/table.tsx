/** Tables of data. On a narrow screen they scroll sideways in a box of their own, never the page. */

import type { ComponentProps, ReactNode } from 'react';

import { classNames } from './class-names';
import styles from './table.module.css';

export interface TableProps {
  /** What it lists, for who cannot see what stands around it. */
  caption: string;
  children: ReactNode;
  className?: string;
}

/** A table with `thead` and `tbody`. */
export function Table({ caption, className, children }: TableProps) {
  return (
    <div
      className={classNames(styles['scroller'], className)}
      role="region"
      aria-label={caption}
      tabIndex={0}
    >
      <table className={styles['table']}>
        <caption className="visually-hidden">{caption}</caption>
        {children}
      </table>
    </div>
  );
}

/** A head or a cell with a number: at the right, its digits one below the other. */
export function NumberHead({ className, ...others }: ComponentProps<'th'>) {
  return <th scope="col" {...others} className={classNames(styles['number'], className)} />;
}

/** See {@link NumberHead}. */
export function NumberCell({ className, ...others }: ComponentProps<'td'>) {
  return <td {...others} className={classNames(styles['number'], className)} />;
}
