/** What `./delta` has to do. */

import type { Kpi } from '@admin-metrics/client';
import { createFormatter, createTranslator } from 'use-intl/core';
import { describe, expect, it } from 'vitest';

import { formats } from '../../i18n/formats';
import en from '../../i18n/messages/en';
import fr from '../../i18n/messages/fr';
import { deltaOf } from './delta';
import { deltaText } from './delta-text';

function kpi(parts: Partial<Kpi>): Kpi {
  return {
    key: 'usersNew',
    unit: 'count',
    value: 450,
    previous: 401,
    deltaAbs: 49,
    deltaPct: 49 / 401,
    status: 'ok',
    spark: [],
    ...parts,
  };
}

const rate = { key: 'acceptanceRate', unit: 'rate' } as const;

const CASES: [string, Kpi, string, string][] = [
  ['more', kpi({}), 'up 12.2% from 401', 'en hausse de 12,2 %, contre 401'],
  ['less', kpi({ deltaPct: -0.5, previous: 900 }), 'down 50% from 900', 'en baisse de 50 %, contre 900'],
  [
    'a rate',
    kpi({ ...rate, value: 0.2, previous: 0.16, deltaPct: 0.25 }),
    'up 25% from 16%',
    'en hausse de 25 %, contre 16 %',
  ],
  ['as much', kpi({ deltaPct: 0, previous: 450 }), 'unchanged from 450', 'inchangé, toujours 450'],
  [
    'hardly less',
    kpi({ deltaPct: -0.0004, previous: 9001 }),
    'unchanged from 9,001',
    'inchangé, toujours 9 001',
  ],
  [
    'none before',
    kpi({ deltaPct: null, previous: 0, status: 'no_baseline' }),
    'no comparison: there was nothing before',
    'pas de comparaison : il n’y avait rien avant',
  ],
  [
    'none to divide by',
    kpi({ ...rate, value: null, previous: 0.5, deltaPct: null, status: 'no_data' }),
    'no data: there is nothing to divide by',
    'pas de données : rien par quoi diviser',
  ],
];

describe('a change in words', () => {
  it.each(CASES)('%s', (_, figure, english, french) => {
    const texts = [
      ['en', en],
      ['fr', fr as unknown as typeof en],
    ] as const;
    const said = texts.map(([locale, messages]) => {
      const t = createTranslator({ locale, messages, namespace: 'dashboard.delta' });
      const format = createFormatter({ locale, formats, timeZone: 'UTC' });
      return deltaText(t, format, figure.unit, deltaOf(figure)).replaceAll(/\s/g, ' ');
    });
    expect(said).toEqual([english, french]);
  });
});
