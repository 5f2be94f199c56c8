/** Proposals, as a list page needs to know them. */

import {
  type ExportProposalsData,
  ifMatch,
  type NewProposal,
  type Proposal,
  ProposalStatus,
} from '@admin-metrics/client';
import { FileText } from 'lucide-react';

import { metrics } from '../../app/client';
import { Moment, Money, ParentLink, Status } from '../rows/cells';
import type { Entity } from '../rows/entity';
import { proposalMoves } from '../rows/moves';
import { Related } from '../rows/related';
import { LEAD_SOURCE, PROPOSAL_SOURCE, USER_SOURCE } from '../rows/sources';

interface Cell {
  row: Proposal;
}

const statusTrait = {
  name: 'status',
  Value: ({ row }: Cell) => <Status of="proposalStatus" value={row.status} />,
} as const;
const amountTrait = { name: 'amount', Value: ({ row }: Cell) => <Money {...row} />, isNumber: true } as const;
const createdTrait = {
  name: 'createdAt',
  Value: ({ row }: Cell) => <Moment value={row.createdAt} />,
} as const;
const sentTrait = { name: 'sentAt', Value: ({ row }: Cell) => <Moment value={row.sentAt} /> } as const;

export const PROPOSALS: Entity<Proposal> = {
  ...PROPOSAL_SOURCE,
  icon: FileText,
  filters: [
    {
      kind: 'choice',
      name: 'status',
      of: 'proposalStatus',
      values: Object.values(ProposalStatus),
      isMany: true,
    },
    { kind: 'span', name: 'created', from: 'createdFrom', to: 'createdTo' },
    { kind: 'span', name: 'sent', from: 'sentFrom', to: 'sentTo' },
    { kind: 'span', name: 'decided', from: 'decidedFrom', to: 'decidedTo' },
    { kind: 'parent', name: 'userId', of: 'users' },
  ],
  columns: [
    statusTrait,
    { ...amountTrait, from: 'tablet' },
    { ...createdTrait, from: 'tablet' },
    { ...sentTrait, from: 'desktop' },
  ],
  details: [
    { name: 'client', Value: ({ row }) => row.clientName },
    statusTrait,
    amountTrait,
    { name: 'owner', Value: ({ row }) => <ParentLink source={USER_SOURCE} id={row.userId} /> },
    createdTrait,
    sentTrait,
    { name: 'decidedAt', Value: ({ row }) => <Moment value={row.decidedAt} /> },
    { name: 'updatedAt', Value: ({ row }) => <Moment value={row.updatedAt} /> },
  ],
  Related: ({ row }) => (
    <Related source={LEAD_SOURCE} of="leads" statuses="leadStatus" below={{ proposalId: row.id }} canAdd />
  ),
  exportUrl: (filters) =>
    metrics.http.buildUrl<ExportProposalsData>({
      url: '/api/v1/proposals.csv',
      query: filters,
    }),
  statuses: 'proposalStatus',
  moves: proposalMoves,
  moveMany: (ids, status) => metrics.moveProposals({ body: { ids, status: status as ProposalStatus } }),
  form: [
    { kind: 'text', name: 'title', label: 'title' },
    { kind: 'text', name: 'clientName', label: 'clientName' },
    { kind: 'parent', name: 'userId', of: 'users', label: 'owner' },
    { kind: 'money', amount: 'amountMinor', currency: 'currency' },
  ],
  create: (body) => metrics.createProposal({ body: body as unknown as NewProposal }),
  update: (row, patch) =>
    metrics.updateProposal({ path: { id: row.id }, body: patch, headers: ifMatch(row) }),
  remove: (row) => metrics.deleteProposal({ path: { id: row.id }, headers: ifMatch(row), keepalive: true }),
  takesAlong: 'leads',
};
