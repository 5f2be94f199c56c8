/** What `./moves` has to do. */

import { LeadStatus, ProposalStatus } from '@admin-metrics/client';
import { describe, expect, it } from 'vitest';

import { commonMoves, leadMoves, proposalMoves, userMoves } from './moves';

describe('moves', () => {
  it('lead from every status that there is to others, and from the last ones nowhere', () => {
    for (const [statuses, moves, first] of [
      [Object.values<string>(ProposalStatus), proposalMoves, 'draft'],
      [Object.values<string>(LeadStatus), leadMoves, 'new'],
    ] as const) {
      const reached = statuses.flatMap((status) => moves(status));
      expect(new Set([...reached, first])).toEqual(new Set(statuses));
      expect(reached).not.toContain(first);
    }
    expect(proposalMoves('accepted')).toEqual([]);
    expect(leadMoves('converted')).toEqual([]);
    expect(proposalMoves('unheard of')).toEqual([]);
    expect(userMoves('active')).toEqual(['invited', 'suspended']);
  });

  it('of rows together are those that all may make, or have made', () => {
    expect(commonMoves(['draft', 'draft'], proposalMoves)).toEqual(['sent']);
    expect(commonMoves(['sent', 'viewed'], proposalMoves)).toEqual([
      'viewed',
      'accepted',
      'declined',
      'expired',
    ]);
    expect(commonMoves(['draft', 'viewed'], proposalMoves)).toEqual([]);
    expect(commonMoves(['new', 'lost'], leadMoves)).toEqual(['lost']);
    expect(commonMoves(['lost', 'lost'], leadMoves)).toEqual([]);
    expect(commonMoves([], leadMoves)).toEqual([]);
  });
});
