/** The words for statuses, roles and sources. */

import { useTranslations } from 'use-intl';

import type { Tone } from '../../ui/surface';

/** Which values are meant. */
export type Vocabulary = 'role' | 'userStatus' | 'proposalStatus' | 'leadStatus' | 'leadSource';

/** The word for a value. */
export function useWord(): (vocabulary: Vocabulary, value: string) => string {
  const t = useTranslations('common');
  return (vocabulary, value) => {
    const name = `${vocabulary}.${value}`;
    // A newer service may have values that this page has no word for.
    return t.has(name as 'role.user') ? t(name as 'role.user') : value;
  };
}

const TONES: Readonly<Record<string, Tone>> = {
  invited: 'info',
  active: 'good',
  suspended: 'bad',
  draft: 'neutral',
  sent: 'info',
  viewed: 'accent',
  accepted: 'good',
  declined: 'bad',
  expired: 'warn',
  new: 'info',
  contacted: 'accent',
  qualified: 'warn',
  converted: 'good',
  lost: 'neutral',
};

/** How a status looks. */
export function toneOf(status: string): Tone {
  return TONES[status] ?? 'neutral';
}
