/** What a list page needs to know of users, proposals or leads: what is the same for all three is elsewhere in this folder. */

import type { MoveCounts, MovedRow } from '@admin-metrics/client';
import type { LucideIcon } from 'lucide-react';
import type { ComponentType } from 'react';

import type { Filters } from './search';
import type { Row, RowKind, Source } from './sources';
import type { Vocabulary } from './words';

/** One of few, or some of them. */
export interface ChoiceFilter {
  kind: 'choice';
  name: 'status' | 'role' | 'source';
  of: Vocabulary;
  values: readonly string[];
  isMany: boolean;
}

/** From one day to another. */
export interface SpanFilter {
  kind: 'span';
  name: 'created' | 'sent' | 'decided' | 'converted' | 'activated';
  from?: string;
  to: string;
}

/** What belongs to one row of another list. */
export interface ParentFilter {
  kind: 'parent';
  name: 'userId' | 'proposalId';
  of: 'users' | 'proposals';
}

export type Filter = ChoiceFilter | SpanFilter | ParentFilter;

/** Something that a row has: a column of the table, or a line of the panel. */
export interface Trait<R> {
  name:
    | 'role'
    | 'status'
    | 'createdAt'
    | 'updatedAt'
    | 'firstSentAt'
    | 'sentAt'
    | 'decidedAt'
    | 'convertedAt'
    | 'amount'
    | 'client'
    | 'email'
    | 'source'
    | 'owner'
    | 'proposal';
  Value: ComponentType<{ row: R }>;
  isNumber?: boolean;
  /** How wide a screen has to be to show the column. */
  from?: 'tablet' | 'desktop';
}

/** A field of a form. */
export type FormField =
  | { kind: 'text'; name: string; label: FieldLabel; type?: 'email' }
  | {
      kind: 'choice';
      name: string;
      label: FieldLabel;
      of: Vocabulary;
      values: readonly string[];
      initial: string;
    }
  | { kind: 'money'; amount: string; currency: string }
  /** Chosen once: a row stays where it was made. */
  | { kind: 'parent'; name: 'userId' | 'proposalId'; of: 'users' | 'proposals'; label: FieldLabel };

export type FieldLabel =
  | 'displayName'
  | 'email'
  | 'role'
  | 'status'
  | 'title'
  | 'clientName'
  | 'name'
  | 'source'
  | 'owner'
  | 'proposal';

/** Rows that were moved together. */
export interface Moved {
  counts: MoveCounts;
  items: MovedRow[];
}

/** Users, proposals or leads. */
export interface Entity<R extends Row> extends Source<R> {
  kind: RowKind;
  icon: LucideIcon;
  filters: readonly Filter[];
  columns: readonly Trait<R>[];
  details: readonly Trait<R>[];
  /** What hangs below a row, in its panel. */
  Related?: ComponentType<{ row: R }>;
  /** What else can be done with a row, in its panel. */
  MoreActions?: ComponentType<{ row: R }>;
  /** Where the list as a file is. */
  exportUrl: (filters: Filters) => string;
  statuses: Vocabulary;
  /** Where a row may move from a status. */
  moves: (status: string) => readonly string[];
  /** Moves many rows at once: all, or none where one may not. */
  moveMany?: (ids: string[], status: string) => Promise<Moved>;
  form: readonly FormField[];
  create: (body: Draft) => Promise<R>;
  /** Changes a row that is as it was seen. */
  update: (row: R, patch: Draft) => Promise<R>;
  /** Deletes a row that is as it was seen, also where the page is being left. */
  remove: (row: R) => Promise<unknown>;
  /** What else a deletion takes along. */
  takesAlong: 'nothing' | 'leads' | 'proposals';
}

/** Values of fields, by the service's names. */
export type Draft = Record<string, string | number>;
