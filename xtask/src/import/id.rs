//! Ids of other systems as ours. A UUID stays what it is. Any other id becomes the UUID (version 5) of the table and the
//! id, so that the same id gives the same row in every import: repeats are seen, and a file of leads alone finds the
//! proposals that were imported before.

use uuid::{Uuid, uuid};

use super::table::Table;

/// What every id made here is derived from. It never changes: ids in databases depend on it.
const NAMESPACE: Uuid = uuid!("cd07ef8b-12d4-4419-9a6f-e62fe0128bac");

/// The id of the row of `table` that is called `text` elsewhere: `text` itself where it is a UUID, else
/// `v5(v5(NAMESPACE, "users"), "cust-17")`.
pub(super) fn id_of(table: &Table, text: &str) -> Uuid {
    Uuid::try_parse(text).unwrap_or_else(|_| Uuid::new_v5(table.namespace(), text.as_bytes()))
}

/// What the ids of the table called `name` are derived from.
pub(super) fn namespace_of(name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{
        super::{leads::LEADS, proposals::PROPOSALS, users::USERS},
        *,
    };

    #[test]
    fn a_uuid_stays_in_every_way_of_writing_it() {
        let id = uuid!("0192f0c1-7a2b-7c3d-8e4f-5a6b7c8d9e0f");
        for text in
            [id.to_string(), id.to_string().to_uppercase(), id.simple().to_string(), format!("{{{id}}}")]
        {
            assert_eq!(id_of(&USERS, &text), id, "{text}");
        }
    }

    #[test]
    fn other_ids_are_the_same_for_ever_and_apart_in_each_table() {
        // Ids in databases out there: this test says no where they would change.
        assert_eq!(id_of(&USERS, "cust-17"), uuid!("8b9dd9d7-1876-567c-b971-8d4ed58f7b32"));
        assert_eq!(id_of(&PROPOSALS, "17"), uuid!("0371ea5d-30e9-5a38-8df6-ab3055ca5ed2"));
        assert_eq!(id_of(&LEADS, "17"), uuid!("05d6e47f-233e-54bc-8115-96f90bbea7d9"));
        assert_ne!(id_of(&LEADS, "17"), id_of(&LEADS, "017"));
        assert_ne!(id_of(&LEADS, "a"), id_of(&LEADS, "A"));
    }
}
