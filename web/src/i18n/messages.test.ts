/** What `./messages` has to do. */

import { describe, expect, it } from 'vitest';

import { LOCALES } from './locale';
import { loadMessages } from './messages';

/** Texts that are the same in every language: names, and words that the languages share. */
const SAME = new Set([
  'audit.filter.action',
  'audit.filter.actions',
  'audit.filter.subjects.session',
  'audit.other.tags',
  'audit.field.clientName',
  'audit.field.source',
  'cache.title',
  'cache.l2.title',
  'cache.commands.kinds.invalidate',
  'cache.tags.tag',
  'cache.tags.actions',
  'common.leadSource.import',
  'dashboard.age.second',
  'dashboard.age.minute',
  'dashboard.age.hour',
  'dashboard.chart.total',
  'editing.field.clientName',
  'rows.trait.client',
  'rows.filter.dates',
  'rows.page.label',
  'shell.name',
  'shell.nav',
  'shell.cache',
  'tokens.actions',
]);

/** All texts of a language by their full names. */
function flat(texts: object, prefix = ''): Map<string, string> {
  return new Map(
    Object.entries(texts).flatMap(([name, text]: [string, unknown]) =>
      typeof text === 'string'
        ? [[prefix + name, text] as const]
        : [...flat(text as object, `${prefix}${name}.`)],
    ),
  );
}

/** The arguments of a text with their kinds, also those inside of other arguments' cases; and the tags. */
function argumentsOf(text: string): string[] {
  const found = new Set<string>([...text.matchAll(/<(\w+)>/g)].map(([tag]) => tag));
  const read = (from: number, isCase: boolean): number => {
    let at = from;
    while (at < text.length && text[at] !== '}') {
      if (text[at] !== '{') {
        at += 1;
        continue;
      }
      const head = /^\{\s*(\w+)\s*(?:,\s*(\w+)\s*)?/.exec(text.slice(at));
      const [all = '{', name = '', kind = 'text'] = head ?? [];
      found.add(`{${name}, ${kind}}`);
      at += all.length;
      // The cases of a plural or a selection are texts again.
      while (at < text.length && text[at] !== '}') at = text[at] === '{' ? read(at + 1, true) : at + 1;
      at += 1;
    }
    return isCase ? at + 1 : at;
  };
  read(0, false);
  return [...found].sort();
}

const languages = await Promise.all(
  LOCALES.map(async (locale) => [locale, flat(await loadMessages(locale))] as const),
);
const english = new Map(languages).get('en') ?? new Map<string, string>();

it('reads arguments out of texts', () => {
  expect(argumentsOf('a {b} {c, number} <d>{e, plural, one {f} other {# {g}}}</d>')).toEqual([
    '<d>',
    '{b, text}',
    '{c, number}',
    '{e, plural}',
    '{g, text}',
  ]);
});

describe.each(languages.filter(([locale]) => locale !== 'en'))('the texts of %s', (_, texts) => {
  it('are the ones there are in English', () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('take what the English ones take', () => {
    for (const [name, text] of english) {
      expect({ name, takes: argumentsOf(texts.get(name) ?? '') }).toEqual({ name, takes: argumentsOf(text) });
    }
  });

  it('are not empty, and not English', () => {
    const untranslated = [...texts].filter(
      ([name, text]) =>
        text === english.get(name) && /\p{L}/u.test(text.replace(/\{[^}]*\}/g, '')) && !SAME.has(name),
    );
    expect(untranslated.map(([name]) => name)).toEqual([]);
    expect([...texts].filter(([, text]) => text.trim() === '')).toEqual([]);
  });
});
