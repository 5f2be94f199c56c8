//! Setting a password: by who knows the old one, by who has a one-time link, or by an operator. However it is done, every
//! session of the user ends, and every open link, and whoever set it goes on in a new session.

use domain::{
    audit::{Action, Author, Subject, SubjectKind},
    entities::{
        credential,
        user::{self, Role, UserPatch, UserStatus},
    },
};
use sea_orm::{ActiveModelTrait, EntityTrait, TransactionSession};
use secrecy::SecretString;
use serde_json::json;
use uuid::Uuid;

use super::{Accounts, Started, known, locked, may_sign_in, no_such_user, set_password, sign_in::Reason};
use crate::{
    database::read_again_if_dead,
    identity::{
        IdentityError, Origin, SessionFacts, links,
        passwords::{Compared, check_new},
        sessions::end_all_of,
    },
};

impl Accounts {
    /// Changes the password of the user of `session`, who has to know the current one.
    ///
    /// # Errors
    /// [`IdentityError::Limited`], [`IdentityError::Busy`], [`IdentityError::Refused`] where the current one is wrong, and
    /// [`IdentityError::Repository`], also where the new one breaks the rules.
    pub async fn change_password(
        &self,
        session: &SessionFacts,
        current: SecretString,
        new: SecretString,
        origin: &Origin,
    ) -> Result<Started, IdentityError> {
        let id = session.user_id;
        check_new("newPassword", &new, &session.email)?;
        let attempt =
            self.limits.begin(Some(&session.email), origin.author.address).map_err(IdentityError::Limited)?;
        let hash = match read_again_if_dead(|| credential::Entity::find_by_id(id).one(&self.db)).await {
            Ok(hash) => hash.map(|row| row.password_hash),
            Err(error) => return attempt.was_none(error),
        };
        let compared = match self.passwords.compare(current, hash.clone()).await {
            Ok(compared) => compared,
            Err(error) => return attempt.was_none(error),
        };
        if compared == Compared::Wrong {
            return self.refuse(Some(id), Reason::Password, origin).await;
        }
        attempt.succeeded();
        let new = self.passwords.hash(new).await?;
        let txn = self.db.begin_write().await?;
        let user = locked(&txn, id).await?.ok_or_else(|| no_such_user(id))?;
        let now = credential::Entity::find_by_id(id).one(&txn).await?.map(|row| row.password_hash);
        if now != hash || !may_sign_in(&user) {
            return Err(IdentityError::Refused);
        }
        set_password(&txn, id, new, self.clock.now()).await?;
        links::close_those_of(&txn, id, self.clock.now()).await?;
        let ended = end_all_of(&txn, id).await?;
        let (subject, details) = (Subject::row(SubjectKind::User, id), json!({"sessions": ended}));
        self.note(&txn, &origin.author, Action::PasswordChanged, subject, details).await?;
        let started = self.start(&txn, &user, origin).await?;
        txn.commit().await?;
        Ok(started)
    }

    /// Sets the password of the user whom a one-time link was made for, uses up all of the user's links, makes who was
    /// invited active, and signs the user in.
    ///
    /// # Errors
    /// [`IdentityError::Limited`], [`IdentityError::UnknownLink`], [`IdentityError::NoUseOfLink`],
    /// [`IdentityError::Busy`], and [`IdentityError::Repository`], also where the password breaks the rules.
    pub async fn redeem(
        &self,
        link: &SecretString,
        password: SecretString,
        origin: &Origin,
    ) -> Result<Started, IdentityError> {
        let attempt = self.limits.begin(None, origin.author.address).map_err(IdentityError::Limited)?;
        let now = self.clock.now();
        let found = match read_again_if_dead(|| links::find_open(&self.db, link, now)).await {
            Ok(found) => found,
            Err(error) => return attempt.was_none(error),
        };
        let (row, user) = found.ok_or(IdentityError::UnknownLink)?;
        // A secret of 256 bits was no guess.
        attempt.succeeded();
        may_use_a_link(&user)?;
        check_new("password", &password, &user.email)?;
        let hash = self.passwords.hash(password).await?;
        let txn = self.db.begin_write().await?;
        let user = locked(&txn, row.user_id).await?.ok_or(IdentityError::UnknownLink)?;
        may_use_a_link(&user)?;
        let now = self.clock.now();
        if !links::use_up(&txn, &row, now).await? {
            return Err(IdentityError::UnknownLink);
        }
        let invited = user.status == UserStatus::Invited;
        let user = if invited {
            let active = UserPatch { status: Some(UserStatus::Active), ..UserPatch::default() };
            active.apply(user, now)?.update(&txn).await?
        } else {
            user
        };
        set_password(&txn, user.id, hash, now).await?;
        let ended = end_all_of(&txn, user.id).await?;
        let author = known(origin, &user);
        let details = json!({"link": row.id, "sessions": ended, "activated": invited});
        let subject = Subject::row(SubjectKind::User, user.id);
        self.note(&txn, &author, Action::SignInLinkRedeemed, subject, details).await?;
        let started = self.start(&txn, &user, origin).await?;
        txn.commit().await?;
        Ok(started)
    }

    /// Sets the password of `user_id`, whoever the user is, and ends every session of theirs: for an operator.
    ///
    /// # Errors
    /// [`IdentityError::Busy`], and [`IdentityError::Repository`], also where the password breaks the rules.
    pub async fn reset_password(
        &self,
        user_id: Uuid,
        new: SecretString,
        author: &Author,
    ) -> Result<(), IdentityError> {
        let found = read_again_if_dead(|| user::Entity::find_by_id(user_id).one(&self.db)).await?;
        check_new("password", &new, &found.ok_or_else(|| no_such_user(user_id))?.email)?;
        let hash = self.passwords.hash(new).await?;
        let txn = self.db.begin_write().await?;
        locked(&txn, user_id).await?.ok_or_else(|| no_such_user(user_id))?;
        set_password(&txn, user_id, hash, self.clock.now()).await?;
        links::close_those_of(&txn, user_id, self.clock.now()).await?;
        let ended = end_all_of(&txn, user_id).await?;
        let (subject, details) = (Subject::row(SubjectKind::User, user_id), json!({"sessions": ended}));
        self.note(&txn, author, Action::PasswordChanged, subject, details).await?;
        Ok(txn.commit().await?)
    }
}

/// Whether `user` could sign in afterwards.
pub(super) fn may_use_a_link(user: &user::Model) -> Result<(), IdentityError> {
    if user.role == Role::User {
        return Err(IdentityError::NoUseOfLink(
            "the role user does not allow to sign in; expected a viewer or an admin",
        ));
    }
    if user.status == UserStatus::Suspended {
        return Err(IdentityError::NoUseOfLink(
            "the user is suspended; expected one who is invited or active",
        ));
    }
    Ok(())
}
