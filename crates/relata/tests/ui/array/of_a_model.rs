//! Rows of another model are no array.

use relata::prelude::*;

#[model(table)]
struct Song {
    #[field(primary_key)]
    id: Id<Song>,
}

#[model(table)]
struct Album {
    #[field(primary_key)]
    id: Id<Album>,
    songs: Vec<Song>,
}

fn main() {}
