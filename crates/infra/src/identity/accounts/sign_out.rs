//! Signing out: here, or everywhere.

use domain::audit::{Action, Author, Subject, SubjectKind};
use sea_orm::TransactionSession;
use serde_json::json;

use super::Accounts;
use crate::identity::{
    IdentityError, SessionFacts,
    sessions::{end, end_all_of},
};

impl Accounts {
    /// Ends `session`. Where it has ended already, nothing happens.
    ///
    /// # Errors
    /// [`IdentityError::Repository`]
    pub async fn sign_out(&self, session: &SessionFacts, author: &Author) -> Result<(), IdentityError> {
        let txn = self.db.begin_write().await?;
        if end(&txn, session.id).await? {
            let subject = Subject::row(SubjectKind::Session, session.id);
            self.note(&txn, author, Action::SessionEnded, subject, json!({})).await?;
        }
        Ok(txn.commit().await?)
    }

    /// Ends every session of the user of `session`, this one included.
    ///
    /// # Errors
    /// [`IdentityError::Repository`]
    pub async fn sign_out_everywhere(
        &self,
        session: &SessionFacts,
        author: &Author,
    ) -> Result<(), IdentityError> {
        let txn = self.db.begin_write().await?;
        let ended = end_all_of(&txn, session.user_id).await?;
        let subject = Subject::row(SubjectKind::User, session.user_id);
        let details = json!({"everywhere": true, "sessions": ended});
        self.note(&txn, author, Action::SessionEnded, subject, details).await?;
        Ok(txn.commit().await?)
    }
}
