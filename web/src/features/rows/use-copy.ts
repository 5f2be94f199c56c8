/** Copying a text. */

import { useState } from 'react';
import { useTranslations } from 'use-intl';

import { showToast } from '../../ui/toast';

/** Copies, and says whether it worked: a browser may not allow it. */
export function useCopy(): { copy: (text: string) => void; isCopied: boolean } {
  const t = useTranslations('rows.row');
  const [isCopied, setCopied] = useState(false);
  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      showToast({ kind: 'error', title: t('notCopied') });
    }
  };
  return { copy: (text) => void copy(text), isCopied };
}
