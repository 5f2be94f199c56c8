//! Proposals: what a user sends to a client, from draft to a decision. The status moves one way only, and the move
//! sets its time: `sentAt` on sent, `decidedAt` on accepted, declined or expired.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sea_orm::{ActiveValue::Set, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Named, changed_at,
    moves::{Movable, Status},
};
use crate::{
    error::DomainError,
    invalidation::{CacheTag, announce},
    schema::{CurrencyCode, line},
    validation::{Checks, present, present_whole, whole},
};

/// A row of `proposals`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "proposals")]
pub struct Model {
    /// UUIDv7, so that ids sort by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The user who owns it.
    pub user_id: Uuid,
    /// 1 to 200 characters.
    pub title: String,
    /// 1 to 200 characters.
    pub client_name: String,
    /// 0 to 10¹¹ minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
    /// Where it stands.
    pub status: ProposalStatus,
    /// When it was sent; set exactly when it is no longer a draft.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it was accepted, declined or expired; set exactly then.
    pub decided_at: Option<DateTime<Utc>>,
    /// When the row was made; never changes.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
    /// The user who owns it.
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: BelongsTo<super::user::Entity>,
    /// The leads it brought.
    #[sea_orm(has_many)]
    pub leads: HasMany<super::lead::Entity>,
}

/// Where a proposal stands.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    DeriveActiveEnum,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ProposalStatus {
    /// Being written.
    #[default]
    Draft,
    /// Sent to the client.
    Sent,
    /// The client has opened it.
    Viewed,
    /// The client said yes; final.
    Accepted,
    /// The client said no; final.
    Declined,
    /// Nobody answered in time; final.
    Expired,
}

impl ProposalStatus {
    /// Every status, in the order of a proposal's life.
    pub const EVERY: [Self; 6] =
        [Self::Draft, Self::Sent, Self::Viewed, Self::Accepted, Self::Declined, Self::Expired];

    /// Whether the proposal has been decided: accepted, declined or expired.
    #[must_use]
    pub const fn is_decided(self) -> bool {
        matches!(self, Self::Accepted | Self::Declined | Self::Expired)
    }
}

impl Named for ProposalStatus {
    fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "sent",
            Self::Viewed => "viewed",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Expired => "expired",
        }
    }
}

impl Status for ProposalStatus {
    const ENTITY: &'static str = "proposal";

    fn moves(self) -> &'static [Self] {
        match self {
            Self::Draft => &[Self::Sent],
            Self::Sent => &[Self::Viewed, Self::Accepted, Self::Declined, Self::Expired],
            Self::Viewed => &[Self::Accepted, Self::Declined, Self::Expired],
            Self::Accepted | Self::Declined | Self::Expired => &[],
        }
    }
}

impl Movable for Entity {
    type Status = ProposalStatus;
    const ID: Column = Column::Id;
    const STATUS: Column = Column::Status;
    const UPDATED_AT: Column = Column::UpdatedAt;
    const TAG: CacheTag = CacheTag::Proposals;

    /// On a move to sent the owner's `firstSentAt` is to be set too, in the same transaction, unless an earlier one stands
    /// there.
    fn set_moved(row: &mut ActiveModel, to: ProposalStatus, now: DateTime<Utc>) {
        row.status = Set(to);
        if to == ProposalStatus::Sent {
            row.sent_at = Set(Some(now));
        }
        if to.is_decided() {
            row.decided_at = Set(Some(now));
        }
        row.updated_at = Set(now);
    }
}

/// What is needed to create a proposal; it starts as a draft.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"userId": "01920000-0000-7000-8000-000000000001", "title": "New roof", "clientName": "Mairie de Lyon", "amountMinor": 1_250_000, "currency": "EUR"}))]
pub struct NewProposal {
    /// The user who owns it.
    pub user_id: Uuid,
    /// 1 to 200 characters.
    #[schema(schema_with = line)]
    pub title: String,
    /// 1 to 200 characters.
    #[schema(schema_with = line)]
    pub client_name: String,
    /// Minor units of `currency` (cents for EUR), 0 to 10¹¹.
    #[serde(deserialize_with = "whole")]
    #[schema(minimum = 0, maximum = 100_000_000_000_i64)]
    pub amount_minor: i64,
    /// ISO 4217, in capitals.
    #[schema(value_type = CurrencyCode)]
    pub currency: String,
}

impl NewProposal {
    /// The same in the form in which it is kept: texts trimmed.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] naming every wrong field.
    pub fn checked(self) -> Result<Self, DomainError> {
        let mut checks = Checks::new();
        let title = checks.text("title", &self.title, 1..=200);
        let client_name = checks.text("clientName", &self.client_name, 1..=200);
        let amount_minor = checks.amount_minor("amountMinor", self.amount_minor);
        let currency = checks.currency("currency", &self.currency);
        checks.finish(Self { title, client_name, amount_minor, currency, ..self })
    }

    /// The row to insert, made at `now`.
    ///
    /// # Errors
    /// As [`Self::checked`].
    pub fn into_active_model(self, now: DateTime<Utc>) -> Result<ActiveModel, DomainError> {
        let new = self.checked()?;
        Ok(ActiveModel {
            id: Set(Uuid::now_v7()),
            user_id: Set(new.user_id),
            title: Set(new.title),
            client_name: Set(new.client_name),
            amount_minor: Set(new.amount_minor),
            currency: Set(new.currency),
            status: Set(ProposalStatus::Draft),
            sent_at: Set(None),
            decided_at: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
        })
    }
}

/// What may change about a proposal; a field left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"status": "sent"}))]
pub struct ProposalPatch {
    /// 1 to 200 characters.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = line)]
    pub title: Option<String>,
    /// 1 to 200 characters.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = line)]
    pub client_name: Option<String>,
    /// Minor units of `currency`, 0 to 10¹¹.
    #[serde(deserialize_with = "present_whole")]
    #[schema(value_type = Option<i64>, nullable = false, minimum = 0, maximum = 100_000_000_000_i64)]
    pub amount_minor: Option<i64>,
    /// ISO 4217, in capitals.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<CurrencyCode>, nullable = false)]
    pub currency: Option<String>,
    /// Where it moves to; its present status changes nothing.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<ProposalStatus>, nullable = false)]
    pub status: Option<ProposalStatus>,
}

impl ProposalPatch {
    /// The change to save on `proposal`, made at `now`; where it leaves every field as it is, nothing in it is set.
    /// [`Movable::set_moved`] says what else is to be done if it sends the proposal.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] naming every wrong field; [`DomainError::IllegalMove`].
    pub fn apply(self, proposal: Model, now: DateTime<Utc>) -> Result<ActiveModel, DomainError> {
        let mut checks = Checks::new();
        let (from, before) = (proposal.status, proposal.updated_at);
        let mut row: ActiveModel = proposal.into();
        if let Some(title) = self.title {
            row.title.set_ne(checks.text("title", &title, 1..=200));
        }
        if let Some(name) = self.client_name {
            row.client_name.set_ne(checks.text("clientName", &name, 1..=200));
        }
        if let Some(amount) = self.amount_minor {
            row.amount_minor.set_ne(checks.amount_minor("amountMinor", amount));
        }
        if let Some(currency) = self.currency {
            row.currency.set_ne(checks.currency("currency", &currency));
        }
        let mut row = checks.finish(row)?;
        if let Some(to) = self.status
            && from.moves_to(to)?
        {
            Entity::set_moved(&mut row, to, now);
        }
        if row.is_changed() {
            row.updated_at = Set(changed_at(before, now));
        }
        Ok(row)
    }
}

#[async_trait]
impl ActiveModelBehavior for ActiveModel {
    async fn after_save<C: ConnectionTrait>(model: Model, db: &C, _insert: bool) -> Result<Model, DbErr> {
        announce(db, Entity::TAG.into()).await?;
        Ok(model)
    }

    async fn after_delete<C: ConnectionTrait>(self, db: &C) -> Result<Self, DbErr> {
        announce(db, Entity::TAG.into()).await?;
        Ok(self)
    }
}
