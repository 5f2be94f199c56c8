/** A number that leads to the rows it counts. */

import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { classNames } from '../../ui/class-names';
import type { RowsTarget } from './drill-down';
import styles from './rows-link.module.css';

export interface RowsLinkProps {
  target: RowsTarget;
  /** What it leads to, where its content alone does not say so. */
  label?: string;
  className?: string | undefined;
  children: ReactNode;
}

/** A link to a list with filters. */
export function RowsLink({ target, label, className, children }: RowsLinkProps) {
  return (
    <Link
      {...(target as LinkProps)}
      preload={false}
      className={classNames(styles['link'], className)}
      aria-label={label}
    >
      {children}
    </Link>
  );
}
