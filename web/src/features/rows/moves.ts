/** Which statuses lead where, as the service has it. */

import type { LeadStatus, ProposalStatus } from '@admin-metrics/client';
import { UserStatus } from '@admin-metrics/client';

const PROPOSAL_MOVES: Readonly<Record<ProposalStatus, readonly ProposalStatus[]>> = {
  draft: ['sent'],
  sent: ['viewed', 'accepted', 'declined', 'expired'],
  viewed: ['accepted', 'declined', 'expired'],
  accepted: [],
  declined: [],
  expired: [],
};

const LEAD_MOVES: Readonly<Record<LeadStatus, readonly LeadStatus[]>> = {
  new: ['contacted', 'converted', 'lost'],
  contacted: ['qualified', 'converted', 'lost'],
  qualified: ['converted', 'lost'],
  converted: [],
  lost: [],
};

/** Where a proposal may move; nowhere from the last ones, and from one that this page does not know. */
export const proposalMoves = (status: string): readonly string[] => movesOf(PROPOSAL_MOVES, status);

/** Where a lead may move. */
export const leadMoves = (status: string): readonly string[] => movesOf(LEAD_MOVES, status);

/** A user's status may become any other one. */
export const userMoves = (status: string): readonly string[] =>
  Object.values(UserStatus).filter((other) => other !== status);

function movesOf(moves: Readonly<Record<string, readonly string[]>>, status: string): readonly string[] {
  return moves[status] ?? [];
}

/** Where rows of these statuses may all move together: one that is there already stays. None where none would move. */
export function commonMoves(
  statuses: readonly string[],
  moves: (status: string) => readonly string[],
): readonly string[] {
  const targets = [...new Set(statuses.flatMap(moves))];
  return targets.filter((target) =>
    statuses.every((status) => status === target || moves(status).includes(target)),
  );
}
