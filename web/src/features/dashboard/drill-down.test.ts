/** What `./drill-down` has to do. */

import { KpiKey, type Meta } from '@admin-metrics/client';
import { describe, expect, it } from 'vitest';

import { rowsOfKpi, rowsOfLeadStatus, rowsOfProposalStatus, rowsOfSeries } from './drill-down';

const FROM = '2026-10-24T22:00:00Z';
const TO = '2026-11-23T17:55:00Z';
const meta: Meta = {
  generatedAt: '2026-11-23T17:54:14Z',
  period: { key: '30d', from: FROM, to: TO, tz: 'Europe/Paris' },
  previous: { from: '2026-09-24T22:00:00Z', to: '2026-10-24T16:55:00Z' },
};
const tz = 'Europe/Paris';
const created = { createdFrom: FROM, createdTo: TO, tz };

describe('the rows behind', () => {
  it.each([
    ['usersTotal', '/users', { createdTo: TO, tz }],
    ['usersNew', '/users', created],
    ['activationRate', '/users', { ...created, activatedBefore: TO }],
    ['proposalsNew', '/proposals', created],
    ['proposalsSent', '/proposals', { sentFrom: FROM, sentTo: TO, tz }],
    ['acceptanceRate', '/proposals', { status: ['accepted'], decidedFrom: FROM, decidedTo: TO, tz }],
    ['pendingAmount', '/proposals', { ...created, status: ['sent', 'viewed'], sentTo: TO }],
    ['leadsNew', '/leads', created],
    ['leadConversionRate', '/leads', { ...created, convertedTo: TO }],
    ['leadsPerProposal', '/leads', created],
  ] as const)('%s', (key, to, search) => {
    expect(rowsOfKpi(key, meta).counted).toEqual({ to, search });
  });

  it.each([
    ['activationRate', '/users', created],
    ['acceptanceRate', '/proposals', { decidedFrom: FROM, decidedTo: TO, tz }],
    ['leadConversionRate', '/leads', created],
    ['leadsPerProposal', '/proposals', created],
  ] as const)('what %s is divided by', (key, to, search) => {
    expect(rowsOfKpi(key, meta).outOf).toEqual({ to, search });
  });

  it('nothing else is divided', () => {
    const divided = Object.values(KpiKey).filter((key) => rowsOfKpi(key, meta).outOf !== undefined);
    expect(divided).toEqual(['activationRate', 'acceptanceRate', 'leadConversionRate', 'leadsPerProposal']);
  });

  it('a status', () => {
    expect(rowsOfProposalStatus('viewed', meta)).toEqual({
      to: '/proposals',
      search: { ...created, status: ['viewed'] },
    });
    expect(rowsOfLeadStatus('lost', meta)).toEqual({
      to: '/leads',
      search: { ...created, status: ['lost'] },
    });
  });

  it('a point of a chart', () => {
    const bucket = { from: '2026-11-01T00:00:00Z', to: '2026-11-02T00:00:00Z' };
    expect(rowsOfSeries('leadsConverted', bucket, 'UTC')).toEqual({
      to: '/leads',
      search: { convertedFrom: bucket.from, convertedTo: bucket.to, tz: 'UTC' },
    });
  });
});
