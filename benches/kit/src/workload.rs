//! The work, by name, with its sizes.

/// A kind of work. The first four are those of Diesel's own benchmarks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
    /// Load all users.
    Trivial,
    /// Load users of one hair colour, each with its post if it has one, by name downwards.
    Medium,
    /// Insert users.
    Insert,
    /// Load ten users, the ten posts of each, and the ten comments of each post.
    Associations,
    /// Save new heroes with five of a hundred new teams each, in one transaction.
    Create,
    /// Load all heroes, each with its teams.
    Eager,
    /// Give loaded heroes two other teams of five.
    Relink,
    /// Load one hero by its key.
    Get,
    /// Change the age of loaded heroes.
    Update,
    /// Load all heroes with their teams, and write them as JSON.
    Json,
}

impl Workload {
    pub const ALL: [Workload; 10] = [
        Workload::Trivial,
        Workload::Medium,
        Workload::Insert,
        Workload::Associations,
        Workload::Create,
        Workload::Eager,
        Workload::Relink,
        Workload::Get,
        Workload::Update,
        Workload::Json,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Workload::Trivial => "trivial query",
            Workload::Medium => "medium complex query",
            Workload::Insert => "insert",
            Workload::Associations => "loading associations",
            Workload::Create => "many-to-many create",
            Workload::Eager => "many-to-many eager load",
            Workload::Relink => "link diff",
            Workload::Get => "get by key",
            Workload::Update => "update loaded rows",
            Workload::Json => "heroes with teams to JSON",
        }
    }

    /// How many rows: of users or heroes.
    pub fn sizes(self) -> &'static [usize] {
        match self {
            Workload::Trivial | Workload::Medium => &[1, 10, 100, 1_000, 10_000],
            Workload::Insert => &[1, 10, 100],
            Workload::Associations => &[10],
            Workload::Get => &[1],
            _ => &[1_000],
        }
    }
}
