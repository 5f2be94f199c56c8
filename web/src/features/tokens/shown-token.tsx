/** A token that was just made, with how to use it. It is shown this once. */

import { Check, Copy, TriangleAlert } from 'lucide-react';
import { useTranslations } from 'use-intl';

import { Button, IconButton } from '../../ui/button';
import { DialogActions } from '../../ui/dialog';
import { useCopy } from '../rows/use-copy';
import styles from './tokens.module.css';

export function ShownToken({ token, onDone }: { token: string; onDone: () => void }) {
  const t = useTranslations('tokens');
  const example = `curl -H 'Authorization: Bearer ${token}' '${location.origin}/api/v1/metrics/overview?period=30d'`;
  return (
    <>
      <p className={styles['once']} role="status">
        <TriangleAlert aria-hidden="true" />
        {t('once')}
      </p>
      <Copied label={t('token')} text={token} />
      <Copied label={t('example')} text={example} />
      <DialogActions>
        <Button variant="primary" onClick={onDone}>
          {t('done')}
        </Button>
      </DialogActions>
    </>
  );
}

/** A text to be taken along. */
function Copied({ label, text }: { label: string; text: string }) {
  const t = useTranslations('tokens');
  const { copy, isCopied } = useCopy();
  return (
    <div className={styles['copied']}>
      <p>{label}</p>
      <div>
        <code>{text}</code>
        <IconButton
          icon={isCopied ? Check : Copy}
          label={t(isCopied ? 'copied' : 'copy', { what: label })}
          onClick={() => copy(text)}
        />
      </div>
    </div>
  );
}
