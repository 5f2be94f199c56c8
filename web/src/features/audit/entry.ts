/** What an entry of the log says, taken apart. */

import type { AuditEntry } from '@admin-metrics/client';

/** A field that was changed or set. Values are there only where they say nothing about a person. */
export interface Change {
  field: string;
  from?: string;
  to?: string;
}

/** The fields that a change touched, or with which a row was made. */
export function changesOf({ details }: Pick<AuditEntry, 'details'>): Change[] {
  const { changes, values } = details;
  if (isRecord(changes)) {
    return Object.entries(changes).map(([field, change]) => ({
      field,
      ...(isRecord(change) && 'to' in change && { from: textOf(change['from']), to: textOf(change['to']) }),
    }));
  }
  if (isRecord(values)) {
    return Object.entries(values).map(([field, value]) => ({ field, to: textOf(value) }));
  }
  return [];
}

/** What else is told, as it is. */
export function othersOf({ details }: Pick<AuditEntry, 'details'>): [name: string, text: string][] {
  return Object.entries(details)
    .filter(([name]) => name !== 'changes' && name !== 'values')
    .map(([name, value]) => [name, textOf(value)]);
}

/** Where the row is that an entry is about, unless it is none or was deleted. */
export function pageOfSubject({ action, subject }: Pick<AuditEntry, 'action' | 'subject'>) {
  if (subject.id === null || action.endsWith('.deleted')) return null;
  switch (subject.kind) {
    case 'user':
      return { to: '/users', search: { row: subject.id } } as const;
    case 'proposal':
      return { to: '/proposals', search: { row: subject.id } } as const;
    case 'lead':
      return { to: '/leads', search: { row: subject.id } } as const;
    default:
      return null;
  }
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '–';
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (typeof value === 'object') {
    return Object.entries(value)
      .map(([name, part]) => `${name}: ${textOf(part)}`)
      .join('; ');
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
