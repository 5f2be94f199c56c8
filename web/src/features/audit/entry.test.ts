/** What `./entry` has to do. */

import { AuditAction, type AuditEntry } from '@admin-metrics/client';
import { describe, expect, it } from 'vitest';

import { shortId } from '../../ui/short-id';
import { changesOf, othersOf, pageOfSubject } from './entry';
import { readAuditSearch } from './route';

const ID = '01920000-0000-7000-8000-0000000000ab';

describe('what an entry says', () => {
  it('is the fields that changed; values where they are kept', () => {
    const details = {
      changes: { status: { from: 'draft', to: 'sent' }, title: {}, amountMinor: { from: 0, to: 500 } },
    };
    expect(changesOf({ details })).toEqual([
      { field: 'status', from: 'draft', to: 'sent' },
      { field: 'title' },
      { field: 'amountMinor', from: '0', to: '500' },
    ]);
    expect(othersOf({ details })).toEqual([]);
  });

  it('is the values with which a row was made', () => {
    expect(changesOf({ details: { values: { role: 'viewer', status: null } } })).toEqual([
      { field: 'role', to: 'viewer' },
      { field: 'status', to: '–' },
    ]);
  });

  it('is whatever else stands there, in words', () => {
    const details = {
      everywhere: true,
      sessions: 3,
      tags: ['users', 'leads'],
      filters: { status: ['new'], q: ['…'] },
    };
    expect(changesOf({ details })).toEqual([]);
    expect(othersOf({ details })).toEqual([
      ['everywhere', 'true'],
      ['sessions', '3'],
      ['tags', 'users, leads'],
      ['filters', 'status: new; q: …'],
    ]);
  });
});

describe('the row that an entry is about', () => {
  const entry = (
    action: AuditEntry['action'],
    kind: AuditEntry['subject']['kind'],
    id: string | null = ID,
  ) => ({
    action,
    subject: { kind, id },
  });

  it('is a page away while it is there', () => {
    expect(pageOfSubject(entry('lead.updated', 'lead'))).toEqual({ to: '/leads', search: { row: ID } });
    expect(pageOfSubject(entry('password.changed', 'user'))).toEqual({ to: '/users', search: { row: ID } });
  });

  it('has no page where it was deleted, is none, or is of a kind without', () => {
    expect(pageOfSubject(entry('proposal.deleted', 'proposal'))).toBeNull();
    expect(pageOfSubject(entry('leads.exported', 'lead', null))).toBeNull();
    expect(pageOfSubject(entry('session.ended', 'session'))).toBeNull();
  });

  it('is named by the end of its id', () => {
    expect(shortId(ID)).toBe('…000000ab');
  });
});

describe('the address of the log', () => {
  it('keeps what the service takes and drops all else', () => {
    const search = {
      action: Object.values(AuditAction),
      actorKind: 'token',
      requestId: 'a.b-1',
      row: ID,
    } as const;
    expect(readAuditSearch(search)).toEqual(search);
    expect(
      readAuditSearch({ action: ['user.teleported'], actorKind: 'ghost', subjectId: '7', requestId: 'a b' }),
    ).toEqual({});
  });

  it('takes a request’s id that looks like a number', () => {
    expect(readAuditSearch({ requestId: 42 })).toEqual({ requestId: '42' });
  });
});
