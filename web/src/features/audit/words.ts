/** The words for what entries speak of. What has no word yet, of a newer service, is shown as it is. */

import { LeadSource, LeadStatus, ProposalStatus, Role, UserStatus } from '@admin-metrics/client';
import type { AuditEntry } from '@admin-metrics/client';
import { useFormatter, useTranslations } from 'use-intl';

import { changesOf } from './entry';

const FIELDS = [
  'displayName',
  'email',
  'role',
  'status',
  'firstSentAt',
  'userId',
  'title',
  'clientName',
  'amountMinor',
  'currency',
  'sentAt',
  'decidedAt',
  'proposalId',
  'name',
  'source',
  'convertedAt',
] as const;

const REASONS = ['password', 'status', 'role'] as const;

function known<Name extends string>(names: readonly Name[], name: unknown): Name | undefined {
  return names.find((one) => one === name);
}

/** What fields and their values are called. */
export function useFieldWords() {
  const t = useTranslations('audit.field');
  const common = useTranslations('common');
  const statuses = { user: Object.values(UserStatus), proposal: Object.values(ProposalStatus) } as const;
  return {
    field: (name: string) => {
      const field = known(FIELDS, name);
      return field ? t(field) : name;
    },
    value: (subject: AuditEntry['subject'], field: string, value: string): string => {
      const role = field === 'role' && known(Object.values(Role), value);
      if (role) return common(`role.${role}`);
      const source = field === 'source' && known(Object.values(LeadSource), value);
      if (source) return common(`leadSource.${source}`);
      if (field !== 'status') return value;
      const user = subject.kind === 'user' && known(statuses.user, value);
      if (user) return common(`userStatus.${user}`);
      const proposal = subject.kind === 'proposal' && known(statuses.proposal, value);
      if (proposal) return common(`proposalStatus.${proposal}`);
      const lead = subject.kind === 'lead' && known(Object.values(LeadStatus), value);
      return lead ? common(`leadStatus.${lead}`) : value;
    },
  };
}

/** The values that the sentence about an entry needs, whichever it is. */
export function useSentenceValues() {
  const t = useTranslations('audit');
  const format = useFormatter();
  const words = useFieldWords();
  return (entry: AuditEntry) => {
    const { details } = entry;
    const reason = known(REASONS, details['reason']);
    return {
      fields: format.list(changesOf(entry).map(({ field }) => words.field(field))),
      reason: reason ? t(`reason.${reason}`) : '',
      name: typeof details['name'] === 'string' ? details['name'] : '',
      tags: Array.isArray(details['tags']) ? format.list(details['tags'].map(String)) : '',
      everywhere: details['everywhere'] === true ? 'yes' : 'no',
      known: entry.subject.id === null ? 'no' : 'yes',
      // `30d`
      days: Number.parseInt(String(details['period']), 10) || 0,
    };
  };
}
