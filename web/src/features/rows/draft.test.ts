/** What `./draft` has to do. */

import { describe, expect, it } from 'vitest';

import { changesOf, draftOf, readDraft, textsOf } from './draft';
import type { FormField } from './entity';
import { differencesOf } from './three-way';

const FIELDS: readonly FormField[] = [
  { kind: 'text', name: 'title', label: 'title' },
  { kind: 'parent', name: 'userId', of: 'users', label: 'owner' },
  { kind: 'money', amount: 'amountMinor', currency: 'currency' },
];

const ROW = {
  id: 'p',
  status: 'draft',
  createdAt: '',
  updatedAt: '',
  title: 'Roof',
  userId: 'u',
  amountMinor: 123_450,
  currency: 'EUR',
};

describe('a form', () => {
  it('holds what the row has, and gives it back unchanged', () => {
    const draft = draftOf(FIELDS, ROW);
    const texts = textsOf(FIELDS, draft, 'fr');
    expect(texts).toEqual({ title: 'Roof', userId: 'u', amountMinor: '1234,50', currency: 'EUR' });
    const read = readDraft(FIELDS, texts, 'fr');
    expect(read).toEqual({ draft, faults: {} });
    expect(changesOf(FIELDS, draft, read.draft)).toEqual({});
  });

  it('sends only what was changed, spaces around texts aside', () => {
    const texts = { title: ' Roof and walls ', userId: 'u', amountMinor: '1234.50', currency: 'USD' };
    const { draft } = readDraft(FIELDS, texts, 'en');
    expect(changesOf(FIELDS, draftOf(FIELDS, ROW), draft)).toEqual({
      title: 'Roof and walls',
      amountMinor: 123_450,
      currency: 'USD',
    });
  });

  it('sends an amount with its currency: somebody else may have chosen another one meanwhile', () => {
    const texts = { title: 'Roof', userId: 'u', amountMinor: '200', currency: 'EUR' };
    const { draft } = readDraft(FIELDS, texts, 'en');
    expect(changesOf(FIELDS, draftOf(FIELDS, ROW), draft)).toEqual({ amountMinor: 20_000, currency: 'EUR' });
  });

  it('names each field in which something is missing or wrong', () => {
    expect(readDraft(FIELDS, { title: ' ', amountMinor: 'much', currency: 'EUR' }, 'en').faults).toEqual({
      title: { kind: 'needed' },
      userId: { kind: 'needed' },
      amountMinor: { kind: 'format' },
    });
  });
});

describe('two changes of the same row', () => {
  const groups = [['title'], ['amountMinor', 'currency'], ['status']];
  const before = { title: 'Roof', amountMinor: 10_000, currency: 'EUR', status: 'draft' };

  it('are contested only where both made something else of a field', () => {
    const theirs = { ...before, title: 'Walls', amountMinor: 20_000, status: 'sent' };
    const mine = { title: 'Floor', amountMinor: 20_000, currency: 'EUR' };
    expect(differencesOf(groups, before, theirs, mine)).toEqual([
      { name: 'title', before: 'Roof', theirs: 'Walls', mine: 'Floor', isContested: true },
      { name: 'amountMinor', before: 10_000, theirs: 20_000, mine: 20_000, isContested: false },
      { name: 'currency', before: 'EUR', theirs: 'EUR', mine: 'EUR', isContested: false },
      { name: 'status', before: 'draft', theirs: 'sent', mine: undefined, isContested: false },
    ]);
  });

  it('contest the whole of a sum where one changed its amount, the other its currency', () => {
    const theirs = { ...before, currency: 'JPY' };
    const mine = { amountMinor: 20_000, currency: 'EUR' };
    expect(differencesOf(groups, before, theirs, mine)).toEqual([
      { name: 'amountMinor', before: 10_000, theirs: 10_000, mine: 20_000, isContested: true },
      { name: 'currency', before: 'EUR', theirs: 'JPY', mine: 'EUR', isContested: true },
    ]);
  });

  it('say nothing of what nobody has changed', () => {
    expect(differencesOf(groups, before, before, {})).toEqual([]);
  });
});
