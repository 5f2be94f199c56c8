/** The name of the application. */

import { useTranslations } from 'use-intl';

import styles from './brand.module.css';

export function Brand() {
  const t = useTranslations('shell');
  return (
    <span className={styles['brand']}>
      <img src="/favicon.svg" alt="" width="26" height="26" />
      {t('name')}
    </span>
  );
}
