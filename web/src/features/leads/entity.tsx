/** Leads, as a list page needs to know them. */

import {
  type ExportLeadsData,
  ifMatch,
  type Lead,
  LeadSource,
  LeadStatus,
  type NewLead,
} from '@admin-metrics/client';
import { Target } from 'lucide-react';

import { metrics } from '../../app/client';
import { Moment, ParentLink, Status, Word } from '../rows/cells';
import type { Entity } from '../rows/entity';
import { leadMoves } from '../rows/moves';
import { LEAD_SOURCE, PROPOSAL_SOURCE } from '../rows/sources';

interface Cell {
  row: Lead;
}

const statusTrait = {
  name: 'status',
  Value: ({ row }: Cell) => <Status of="leadStatus" value={row.status} />,
} as const;
const sourceTrait = {
  name: 'source',
  Value: ({ row }: Cell) => <Word of="leadSource" value={row.source} />,
} as const;
const createdTrait = {
  name: 'createdAt',
  Value: ({ row }: Cell) => <Moment value={row.createdAt} />,
} as const;
const convertedTrait = {
  name: 'convertedAt',
  Value: ({ row }: Cell) => <Moment value={row.convertedAt} />,
} as const;

export const LEADS: Entity<Lead> = {
  ...LEAD_SOURCE,
  icon: Target,
  filters: [
    { kind: 'choice', name: 'status', of: 'leadStatus', values: Object.values(LeadStatus), isMany: true },
    { kind: 'choice', name: 'source', of: 'leadSource', values: Object.values(LeadSource), isMany: false },
    { kind: 'span', name: 'created', from: 'createdFrom', to: 'createdTo' },
    { kind: 'span', name: 'converted', from: 'convertedFrom', to: 'convertedTo' },
    { kind: 'parent', name: 'proposalId', of: 'proposals' },
    { kind: 'parent', name: 'userId', of: 'users' },
  ],
  columns: [
    statusTrait,
    { ...sourceTrait, from: 'tablet' },
    { ...createdTrait, from: 'tablet' },
    { ...convertedTrait, from: 'desktop' },
  ],
  details: [
    { name: 'email', Value: ({ row }) => <a href={`mailto:${row.email}`}>{row.email}</a> },
    statusTrait,
    sourceTrait,
    { name: 'proposal', Value: ({ row }) => <ParentLink source={PROPOSAL_SOURCE} id={row.proposalId} /> },
    createdTrait,
    convertedTrait,
    { name: 'updatedAt', Value: ({ row }) => <Moment value={row.updatedAt} /> },
  ],
  exportUrl: (filters) =>
    metrics.http.buildUrl<ExportLeadsData>({ url: '/api/v1/leads.csv', query: filters }),
  statuses: 'leadStatus',
  moves: leadMoves,
  moveMany: (ids, status) => metrics.moveLeads({ body: { ids, status: status as LeadStatus } }),
  form: [
    { kind: 'text', name: 'name', label: 'name' },
    { kind: 'text', name: 'email', label: 'email', type: 'email' },
    { kind: 'parent', name: 'proposalId', of: 'proposals', label: 'proposal' },
    {
      kind: 'choice',
      name: 'source',
      label: 'source',
      of: 'leadSource',
      values: Object.values(LeadSource),
      initial: LeadSource.OTHER,
    },
  ],
  create: (body) => metrics.createLead({ body: body as unknown as NewLead }),
  update: (row, patch) => metrics.updateLead({ path: { id: row.id }, body: patch, headers: ifMatch(row) }),
  remove: (row) => metrics.deleteLead({ path: { id: row.id }, headers: ifMatch(row), keepalive: true }),
  takesAlong: 'nothing',
};
