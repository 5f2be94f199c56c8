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
    expect(changesOf(draft, read.draft)).toEqual({});
  });

  it('sends only what was changed, spaces around texts aside', () => {
    const texts = { title: ' Roof and walls ', userId: 'u', amountMinor: '1234.50', currency: 'USD' };
    const { draft } = readDraft(FIELDS, texts, 'en');
    expect(changesOf(draftOf(FIELDS, ROW), draft)).toEqual({ title: 'Roof and walls', currency: 'USD' });
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
  const names = ['title', 'amountMinor', 'currency', 'status'];
  const before = { title: 'Roof', amountMinor: 1, currency: 'EUR', status: 'draft' };

  it('are contested only where both made something else of a field', () => {
    const theirs = { title: 'Walls', amountMinor: 2, currency: 'EUR', status: 'sent' };
    const mine = { title: 'Floor', amountMinor: 2, currency: 'USD' };
    expect(differencesOf(names, before, theirs, mine)).toEqual([
      { name: 'title', before: 'Roof', theirs: 'Walls', mine: 'Floor', isContested: true },
      { name: 'amountMinor', before: 1, theirs: 2, mine: 2, isContested: false },
      { name: 'currency', before: 'EUR', theirs: 'EUR', mine: 'USD', isContested: false },
      { name: 'status', before: 'draft', theirs: 'sent', mine: undefined, isContested: false },
    ]);
  });

  it('say nothing of what nobody has changed', () => {
    expect(differencesOf(names, before, before, {})).toEqual([]);
  });
});
