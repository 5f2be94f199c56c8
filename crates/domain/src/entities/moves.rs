//! Statuses that move one way, and many rows moving to one status at once: all that may or, if one may not, none. Which
//! moves there are, and what a move sets, each entity says itself.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{EntityTrait, sea_query::ValueType};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Named;
use crate::{
    error::{DomainError, FieldError},
    invalidation::CacheTag,
    validation::Checks,
};

/// The most rows that can move at once.
pub const MAX_BULK_IDS: usize = 500;

/// A status that moves one way only.
pub trait Status: Named + Copy + Eq + 'static {
    /// What has it: `proposal` or `lead`.
    const ENTITY: &'static str;

    /// Where a row may move from here; empty when final.
    fn moves(self) -> &'static [Self];

    /// Whether a row with this status moves if it is to have `to`: not if it has it already.
    ///
    /// # Errors
    /// [`DomainError::IllegalMove`].
    fn moves_to(self, to: Self) -> Result<bool, DomainError> {
        if self == to || self.moves().contains(&to) {
            return Ok(self != to);
        }
        Err(DomainError::IllegalMove {
            entity: Self::ENTITY,
            from: self.name(),
            to: to.name(),
            allowed: self.moves().iter().map(Named::name).collect(),
        })
    }
}

/// An entity whose rows have such a status.
pub trait Movable: EntityTrait {
    /// The status.
    type Status: Status + ValueType;
    /// The column of the id.
    const ID: Self::Column;
    /// The column of the status.
    const STATUS: Self::Column;
    /// The column of the last change.
    const UPDATED_AT: Self::Column;
    /// What a write to its rows makes old.
    const TAG: CacheTag;

    /// Sets on `row` what a move to `to` at `now` sets: the status and the time of that move. Whether the row may move
    /// there was asked before.
    fn set_moved(row: &mut Self::ActiveModel, to: Self::Status, now: DateTime<Utc>);
}

/// Rows that are to have one status.
#[derive(Clone, Debug)]
pub struct BulkMove<S> {
    /// The rows' ids, 1 to [`MAX_BULK_IDS`], each once.
    pub ids: Vec<Uuid>,
    /// Where they move to.
    pub status: S,
}

/// What became of rows that were to have one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BulkMoved<S> {
    /// Where they moved to.
    pub status: S,
    /// How many of them came to what.
    pub counts: MoveCounts,
    /// Each row, in the order in which they were given.
    pub items: Vec<MovedRow>,
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MoveCounts {
    /// Rows that moved.
    pub moved: usize,
    /// Rows that had the status already.
    pub unchanged: usize,
    /// Rows that do not exist.
    pub not_found: usize,
}

/// A row that was to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MovedRow {
    /// The row's id.
    pub id: Uuid,
    /// What became of it.
    pub outcome: MoveOutcome,
}

/// What became of a row that was to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum MoveOutcome {
    /// It has the status now.
    Moved,
    /// It had the status already, and is as it was.
    Unchanged,
    /// There is no such row.
    NotFound,
}

impl<S: Status> BulkMove<S> {
    /// Refuses a list that is empty or too long, or that names a row twice.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] naming every wrong field.
    pub fn check(&self) -> Result<(), DomainError> {
        let mut checks = Checks::new();
        let count = self.ids.len();
        if !(1..=MAX_BULK_IDS).contains(&count) {
            checks.fail("ids", "length", format!("expected 1 to {MAX_BULK_IDS} ids, got {count}"));
            return checks.finish(());
        }
        let mut first = HashMap::new();
        for (index, id) in self.ids.iter().enumerate() {
            let earlier = *first.entry(id).or_insert(index);
            if earlier != index {
                let detail = format!("expected each id once; ids[{earlier}] is the same");
                checks.fail(&field(index), "repeated", detail);
            }
        }
        checks.finish(())
    }

    /// What becomes of each row if those that exist have the statuses `found`.
    ///
    /// # Errors
    /// [`DomainError::IllegalMoves`] naming every row that may not move; then none is to be moved.
    pub fn outcomes(&self, found: impl IntoIterator<Item = (Uuid, S)>) -> Result<BulkMoved<S>, DomainError> {
        let found: HashMap<_, _> = found.into_iter().collect();
        let mut moved = BulkMoved { status: self.status, counts: MoveCounts::default(), items: Vec::new() };
        let mut illegal = Vec::new();
        for (index, id) in self.ids.iter().enumerate() {
            match found.get(id).map(|from| from.moves_to(self.status)) {
                None => moved.note(*id, MoveOutcome::NotFound),
                Some(Ok(true)) => moved.note(*id, MoveOutcome::Moved),
                Some(Ok(false)) => moved.note(*id, MoveOutcome::Unchanged),
                Some(Err(error)) => {
                    illegal.push(FieldError::new(field(index), "illegal_move", error.to_string()));
                }
            }
        }
        if illegal.is_empty() {
            return Ok(moved);
        }
        Err(DomainError::IllegalMoves {
            entity: S::ENTITY,
            to: self.status.name(),
            of: self.ids.len(),
            errors: illegal,
        })
    }
}

impl<S> BulkMoved<S> {
    /// The ids of the rows that moved, in the order in which they were given.
    pub fn moved_ids(&self) -> impl Iterator<Item = Uuid> {
        self.items.iter().filter(|row| row.outcome == MoveOutcome::Moved).map(|row| row.id)
    }

    fn note(&mut self, id: Uuid, outcome: MoveOutcome) {
        let count = match outcome {
            MoveOutcome::Moved => &mut self.counts.moved,
            MoveOutcome::Unchanged => &mut self.counts.unchanged,
            MoveOutcome::NotFound => &mut self.counts.not_found,
        };
        *count += 1;
        self.items.push(MovedRow { id, outcome });
    }
}

/// How the client names the id at `index`.
fn field(index: usize) -> String {
    format!("ids[{index}]")
}

#[cfg(test)]
mod tests {
    use super::{
        MoveOutcome::{Moved, NotFound, Unchanged},
        *,
    };
    use crate::entities::{lead::LeadStatus, proposal::ProposalStatus};

    fn ids(count: usize) -> Vec<Uuid> {
        (1..=count as u128).map(Uuid::from_u128).collect()
    }

    fn errors(error: DomainError) -> Vec<(String, String)> {
        match error {
            DomainError::Invalid(errors) | DomainError::IllegalMoves { errors, .. } => {
                errors.into_iter().map(|error| (error.field, error.code)).collect()
            }
            DomainError::IllegalMove { .. } => panic!("expected errors by field, got {error:?}"),
        }
    }

    fn named(fields: &[&str], code: &str) -> Vec<(String, String)> {
        fields.iter().map(|field| ((*field).to_owned(), code.to_owned())).collect()
    }

    #[test]
    fn one_to_500_rows_move_at_once_each_named_once() {
        let refused = |ids| BulkMove { ids, status: LeadStatus::Lost }.check().map_err(errors);
        assert_eq!(refused(ids(1)), Ok(()));
        assert_eq!(refused(ids(500)), Ok(()));
        assert_eq!(refused(Vec::new()), Err(named(&["ids"], "length")));
        assert_eq!(refused(ids(501)), Err(named(&["ids"], "length")));
        let repeated = [ids(3), ids(1), ids(3)].concat();
        assert_eq!(refused(repeated), Err(named(&["ids[3]", "ids[4]", "ids[5]", "ids[6]"], "repeated")));
    }

    #[test]
    fn each_row_has_its_outcome_in_the_order_given() {
        let mut rows = ids(3);
        rows.reverse();
        let request = BulkMove { ids: rows.clone(), status: ProposalStatus::Accepted };
        let found = [(rows[2], ProposalStatus::Accepted), (rows[0], ProposalStatus::Viewed)];
        let moved = request.outcomes(found).unwrap();
        assert_eq!(moved.counts, MoveCounts { moved: 1, unchanged: 1, not_found: 1 });
        let items: Vec<_> = moved.items.iter().map(|row| (row.id, row.outcome)).collect();
        assert_eq!(items, [(rows[0], Moved), (rows[1], NotFound), (rows[2], Unchanged)]);
        assert_eq!(moved.moved_ids().collect::<Vec<_>>(), [rows[0]]);
    }

    #[test]
    fn every_row_that_may_not_move_is_named() {
        let request = BulkMove { ids: ids(4), status: LeadStatus::Qualified };
        let statuses = [LeadStatus::Contacted, LeadStatus::New, LeadStatus::Qualified, LeadStatus::Converted];
        let refused = request.outcomes(request.ids.iter().copied().zip(statuses)).unwrap_err();
        assert_eq!(refused.to_string(), "2 of 4 leads cannot move to qualified, so none was moved");
        assert_eq!(errors(refused), named(&["ids[1]", "ids[3]"], "illegal_move"));
    }

    /// Every move of both entities is either allowed, to the same status, or illegal with a list of what is allowed.
    #[test]
    fn a_move_is_allowed_or_says_what_is() {
        for from in ProposalStatus::EVERY {
            for to in ProposalStatus::EVERY {
                match from.moves_to(to) {
                    Ok(moves) => assert_eq!(moves, from != to),
                    Err(DomainError::IllegalMove { allowed, .. }) => {
                        assert!(!allowed.contains(&to.name()) && from != to);
                        assert_eq!(allowed.len(), from.moves().len());
                    }
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
        assert!(ProposalStatus::Accepted.moves_to(ProposalStatus::Sent).is_err());
        assert_eq!(LeadStatus::New.moves_to(LeadStatus::Lost), Ok(true));
    }
}
