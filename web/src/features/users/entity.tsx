/** Users, as a list page needs to know them. */

import {
  type ExportUsersData,
  ifMatch,
  type NewUser,
  Role,
  type User,
  UserStatus,
} from '@admin-metrics/client';
import { Users } from 'lucide-react';

import { metrics } from '../../app/client';
import { Moment, Status, Word } from '../rows/cells';
import type { Entity } from '../rows/entity';
import { userMoves } from '../rows/moves';
import { Related } from '../rows/related';
import { LEAD_SOURCE, PROPOSAL_SOURCE, USER_SOURCE } from '../rows/sources';
import { SignInLinkAction } from './sign-in-link';

const roleTrait = {
  name: 'role',
  Value: ({ row }: { row: User }) => <Word of="role" value={row.role} />,
} as const;
const statusTrait = {
  name: 'status',
  Value: ({ row }: { row: User }) => <Status of="userStatus" value={row.status} />,
} as const;
const createdTrait = {
  name: 'createdAt',
  Value: ({ row }: { row: User }) => <Moment value={row.createdAt} />,
} as const;
const firstSentTrait = {
  name: 'firstSentAt',
  Value: ({ row }: { row: User }) => <Moment value={row.firstSentAt} />,
} as const;

export const USERS: Entity<User> = {
  ...USER_SOURCE,
  icon: Users,
  filters: [
    { kind: 'choice', name: 'status', of: 'userStatus', values: Object.values(UserStatus), isMany: true },
    { kind: 'choice', name: 'role', of: 'role', values: Object.values(Role), isMany: false },
    { kind: 'span', name: 'created', from: 'createdFrom', to: 'createdTo' },
    { kind: 'span', name: 'activated', to: 'activatedBefore' },
  ],
  columns: [
    statusTrait,
    { ...roleTrait, from: 'tablet' },
    { ...createdTrait, from: 'tablet' },
    { ...firstSentTrait, from: 'desktop' },
  ],
  details: [
    { name: 'email', Value: ({ row }) => <a href={`mailto:${row.email}`}>{row.email}</a> },
    statusTrait,
    roleTrait,
    createdTrait,
    firstSentTrait,
    { name: 'updatedAt', Value: ({ row }) => <Moment value={row.updatedAt} /> },
  ],
  Related: ({ row }) => (
    <>
      <Related
        source={PROPOSAL_SOURCE}
        of="proposals"
        statuses="proposalStatus"
        below={{ userId: row.id }}
        canAdd
      />
      <Related
        source={LEAD_SOURCE}
        of="leads"
        statuses="leadStatus"
        below={{ userId: row.id }}
        canAdd={false}
      />
    </>
  ),
  MoreActions: SignInLinkAction,
  exportUrl: (filters) =>
    metrics.http.buildUrl<ExportUsersData>({ url: '/api/v1/users.csv', query: filters }),
  statuses: 'userStatus',
  moves: userMoves,
  form: [
    { kind: 'text', name: 'displayName', label: 'displayName' },
    { kind: 'text', name: 'email', label: 'email', type: 'email' },
    {
      kind: 'choice',
      name: 'role',
      label: 'role',
      of: 'role',
      values: Object.values(Role),
      initial: Role.USER,
    },
    {
      kind: 'choice',
      name: 'status',
      label: 'status',
      of: 'userStatus',
      values: Object.values(UserStatus),
      initial: UserStatus.INVITED,
    },
  ],
  create: (body) => metrics.createUser({ body: body as unknown as NewUser }),
  update: (row, patch) => metrics.updateUser({ path: { id: row.id }, body: patch, headers: ifMatch(row) }),
  remove: (row) => metrics.deleteUser({ path: { id: row.id }, headers: ifMatch(row), keepalive: true }),
  takesAlong: 'proposals',
};
