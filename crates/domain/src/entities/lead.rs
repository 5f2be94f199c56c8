//! Leads: who answered a proposal, from new to converted or lost. The status moves one way only, and the move to
//! converted sets `convertedAt`.

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
    schema::line,
    validation::{Checks, present},
};

/// A row of `leads`.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "leads")]
pub struct Model {
    /// UUIDv7, so that ids sort by time of creation.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The proposal that brought it.
    pub proposal_id: Uuid,
    /// 1 to 200 characters.
    pub name: String,
    /// Trimmed and in lower case; several leads may share one.
    pub email: String,
    /// Where it came from.
    pub source: LeadSource,
    /// Where it stands.
    pub status: LeadStatus,
    /// When it converted; set exactly when its status is converted.
    pub converted_at: Option<DateTime<Utc>>,
    /// When the row was made; never changes.
    pub created_at: DateTime<Utc>,
    /// When the row last changed.
    pub updated_at: DateTime<Utc>,
    /// The proposal that brought it.
    #[sea_orm(belongs_to, from = "proposal_id", to = "id")]
    pub proposal: BelongsTo<super::proposal::Entity>,
}

/// Where a lead came from.
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
pub enum LeadSource {
    /// A form on the site.
    Website,
    /// Somebody's word.
    Referral,
    /// A campaign.
    Campaign,
    /// Loaded from a file.
    Import,
    /// Anything else.
    #[default]
    Other,
}

/// Where a lead stands.
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
pub enum LeadStatus {
    /// Nobody has answered it yet.
    #[default]
    New,
    /// Somebody has.
    Contacted,
    /// Worth pursuing.
    Qualified,
    /// Became a customer; final.
    Converted,
    /// Will not; final.
    Lost,
}

impl LeadStatus {
    /// Every status, in the order of a lead's life.
    pub const EVERY: [Self; 5] = [Self::New, Self::Contacted, Self::Qualified, Self::Converted, Self::Lost];
}

impl Named for LeadStatus {
    fn name(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Contacted => "contacted",
            Self::Qualified => "qualified",
            Self::Converted => "converted",
            Self::Lost => "lost",
        }
    }
}

impl Status for LeadStatus {
    const ENTITY: &'static str = "lead";

    fn moves(self) -> &'static [Self] {
        match self {
            Self::New => &[Self::Contacted, Self::Converted, Self::Lost],
            Self::Contacted => &[Self::Qualified, Self::Converted, Self::Lost],
            Self::Qualified => &[Self::Converted, Self::Lost],
            Self::Converted | Self::Lost => &[],
        }
    }
}

impl Movable for Entity {
    type Status = LeadStatus;
    const ID: Column = Column::Id;
    const STATUS: Column = Column::Status;
    const UPDATED_AT: Column = Column::UpdatedAt;
    const TAG: CacheTag = CacheTag::Leads;

    fn set_moved(row: &mut ActiveModel, to: LeadStatus, now: DateTime<Utc>) {
        row.status = Set(to);
        if to == LeadStatus::Converted {
            row.converted_at = Set(Some(now));
        }
        row.updated_at = Set(now);
    }
}

/// What is needed to create a lead; it starts as new.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"proposalId": "01920000-0000-7000-8000-000000000002", "name": "Jean Valjean", "email": "jean@example.org", "source": "website"}))]
pub struct NewLead {
    /// The proposal that brought it.
    pub proposal_id: Uuid,
    /// 1 to 200 characters.
    #[schema(schema_with = line)]
    pub name: String,
    /// Kept in lower case; several leads may share one.
    #[schema(max_length = 254, format = "email")]
    pub email: String,
    /// `other` if left out.
    #[serde(default)]
    pub source: LeadSource,
}

impl NewLead {
    /// The same in the form in which it is kept: texts trimmed, the address in lower case.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] naming every wrong field.
    pub fn checked(self) -> Result<Self, DomainError> {
        let mut checks = Checks::new();
        let name = checks.text("name", &self.name, 1..=200);
        let email = checks.email("email", &self.email);
        checks.finish(Self { name, email, ..self })
    }

    /// The row to insert, made at `now`.
    ///
    /// # Errors
    /// As [`Self::checked`].
    pub fn into_active_model(self, now: DateTime<Utc>) -> Result<ActiveModel, DomainError> {
        let new = self.checked()?;
        Ok(ActiveModel {
            id: Set(Uuid::now_v7()),
            proposal_id: Set(new.proposal_id),
            name: Set(new.name),
            email: Set(new.email),
            source: Set(new.source),
            status: Set(LeadStatus::New),
            converted_at: Set(None),
            created_at: Set(now),
            updated_at: Set(now),
        })
    }
}

/// What may change about a lead; a field left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"status": "contacted"}))]
pub struct LeadPatch {
    /// 1 to 200 characters.
    #[serde(deserialize_with = "present")]
    #[schema(schema_with = line)]
    pub name: Option<String>,
    /// Kept in lower case.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<String>, nullable = false, max_length = 254, format = "email")]
    pub email: Option<String>,
    /// Where it came from.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<LeadSource>, nullable = false)]
    pub source: Option<LeadSource>,
    /// Where it moves to; its present status changes nothing.
    #[serde(deserialize_with = "present")]
    #[schema(value_type = Option<LeadStatus>, nullable = false)]
    pub status: Option<LeadStatus>,
}

impl LeadPatch {
    /// The change to save on `lead`, made at `now`; where it leaves every field as it is, nothing in it is set.
    ///
    /// # Errors
    /// [`DomainError::Invalid`] naming every wrong field; [`DomainError::IllegalMove`].
    pub fn apply(self, lead: Model, now: DateTime<Utc>) -> Result<ActiveModel, DomainError> {
        let mut checks = Checks::new();
        let (from, before) = (lead.status, lead.updated_at);
        let mut row: ActiveModel = lead.into();
        if let Some(name) = self.name {
            row.name.set_ne(checks.text("name", &name, 1..=200));
        }
        if let Some(email) = self.email {
            row.email.set_ne(checks.email("email", &email));
        }
        if let Some(source) = self.source {
            row.source.set_ne(source);
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
