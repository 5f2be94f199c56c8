/** A bar that is as long as its share of all there is room for. What it says stands beside it as a number. */

import styles from './bar.module.css';

export type BarKind = 'users' | 'proposals' | 'leads';

/** `share` is between 0 and 1. */
export function Bar({ of, share }: { of: BarKind; share: number }) {
  return (
    <svg className={styles['bar']} aria-hidden="true" focusable="false">
      <rect className={styles['ground']} width="100%" height="100%" rx="4" />
      {share > 0 && (
        <rect className={styles[of]} width={`${Math.max(share * 100, 0.8)}%`} height="100%" rx="4" />
      )}
    </svg>
  );
}
