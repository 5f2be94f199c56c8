/** A change in words. */

import type { KpiUnit } from '@admin-metrics/client';
import type { useTranslations } from 'use-intl';

import type { Delta } from './delta';
import { figureText, type NumberFormatter } from './figures';

type Texts = ReturnType<typeof useTranslations<'dashboard.delta'>>;

/** What to say of the change of a figure of `unit`. */
export function deltaText(t: Texts, format: NumberFormatter, unit: KpiUnit, delta: Delta): string {
  switch (delta.kind) {
    case 'up':
    case 'down':
      return t(delta.kind, {
        change: format.number(delta.fraction, 'percent'),
        previous: figureText(format, unit, delta.previous),
      });
    case 'same':
      return t('same', { previous: figureText(format, unit, delta.previous) });
    case 'noBaseline':
    case 'noData':
      return t(delta.kind);
  }
}
