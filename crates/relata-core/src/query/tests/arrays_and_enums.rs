//! Arrays and enums, as each of the databases writes them.

use super::{
    super::fixture::{Badge, Rank},
    *,
};
use Rank::{Lead, Rookie};

fn list(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| String::from(*text)).collect()
}

#[test]
fn whether_an_array_holds_values() {
    insta::assert_snapshot!(each((Badge.tags.has("a"), !Badge.tags.has_any(["a", "b"]))), @r#"
    CASE WHEN badge.tags IS NOT NULL THEN EXISTS (SELECT 1 FROM json_each(badge.tags) WHERE value IN (SELECT value FROM json_each(?))) END, NOT (CASE WHEN badge.tags IS NOT NULL THEN EXISTS (SELECT 1 FROM json_each(badge.tags) WHERE value IN (SELECT value FROM json_each(?))) END) -- (["a"], ["a", "b"])
    badge.tags @> CAST($1 AS VARCHAR[]), NOT (badge.tags && CAST($2 AS VARCHAR[]))
    json_contains(badge.tags, ?), NOT ((json_contains(badge.tags, ?) OR json_contains(badge.tags, ?)))
    "#);
    insta::assert_snapshot!(each(Badge.points.has_all([1, 1 << 53])), @r"
    CASE WHEN badge.points IS NOT NULL THEN NOT EXISTS (SELECT 1 FROM json_each(?) WHERE value NOT IN (SELECT value FROM json_each(badge.points) WHERE value IS NOT NULL)) END -- [1, 9007199254740992]
    badge.points @> CAST($1 AS BIGINT[])
    (json_contains(badge.points, ?) AND find_in_set(?, replace(trim(TRAILING ']' FROM trim(LEADING '[' FROM badge.points)), ' ', '')) > 0)
    ");
    insta::assert_snapshot!(each((Badge.ranks.has(Lead), Badge.ranks.has_any(Vec::<Rank>::new()))), @r#"
    CASE WHEN badge.ranks IS NOT NULL THEN EXISTS (SELECT 1 FROM json_each(badge.ranks) WHERE value IN (SELECT value FROM json_each(?))) END, CASE WHEN badge.ranks IS NOT NULL THEN EXISTS (SELECT 1 FROM json_each(badge.ranks) WHERE value IN (SELECT value FROM json_each(?))) END -- (["it's"], [])
    badge.ranks @> CAST($1 AS rank[]), badge.ranks && CAST($2 AS rank[])
    json_contains(badge.ranks, ?), CASE WHEN badge.ranks IS NOT NULL THEN FALSE END
    "#);
    insta::assert_snapshot!(each(Badge.tags.has("a\0b")), @r"
    SQLite finds no text with a NUL character in an array; read the rows and look into them
    badge.tags @> CAST($1 AS VARCHAR[])
    json_contains(badge.tags, ?)
    ");
    insta::assert_snapshot!(each((Badge.tags.len(), Badge.points.len().eq(0))), @r"
    json_array_length(badge.tags), json_array_length(badge.points) = ? -- 0
    cardinality(badge.tags), cardinality(badge.points) = CAST($1 AS BIGINT)
    json_length(badge.tags), json_length(badge.points) = CAST(? AS SIGNED)
    ");
}

#[test]
fn whether_arrays_are_equal() {
    insta::assert_snapshot!(each((
        Badge.tags.eq(["a"]),
        Badge.tags.is_in([list(&["a"]), list(&[])]),
        Badge.points.same_as(None::<Vec<Option<i64>>>),
        Badge.points.eq(Badge.points),
    )), @r#"
    badge.tags = ?, badge.tags IN (?, ?), badge.points IS ?, badge.points = badge.points -- (["a"], ["a"], [], NULL)
    badge.tags = $1, badge.tags IN ($2, $3), badge.points IS NOT DISTINCT FROM $4, badge.points = badge.points
    json_extract(badge.tags, '$') = json_extract(?, '$'), json_extract(badge.tags, '$') IN (json_extract(?, '$'), json_extract(?, '$')), json_extract(badge.points, '$') <=> json_extract(?, '$'), json_extract(badge.points, '$') = json_extract(badge.points, '$')
    "#);
    insta::assert_snapshot!(each((value(vec![Lead]), value(list(&[])), coalesce((Badge.points, vec![None])))), @r#"
    ?, ?, coalesce(badge.points, ?) -- (["it's"], [], [NULL])
    CAST($1 AS rank[]), CAST($2 AS VARCHAR[]), coalesce(badge.points, CAST($3 AS BIGINT[]))
    ?, ?, coalesce(badge.points, ?)
    "#);
}

#[test]
fn enums_are_compared_in_one_order() {
    insta::assert_snapshot!(each((
        Badge.rank.eq(Lead),
        Badge.rank.is_in([Lead, Rookie]),
        Badge.rank.gt(Rookie),
        Badge.least.between(Rookie, Badge.rank),
        tuple((Badge.id, Badge.rank)).lt((1, Lead)),
        tuple((Badge.id, Badge.rank)).eq((1, Lead)),
    )), @r#"
    badge.rank = ?, badge.rank IN (?, ?), badge.rank > ?, badge.least BETWEEN ? AND badge.rank, (badge.id, badge.rank) < (?, ?), (badge.id, badge.rank) = (?, ?) -- ("it's", "it's", "rookie", "rookie", "rookie", 1, "it's", 1, "it's")
    badge.rank = $1, badge.rank = ANY ($2), badge.rank > $3, badge.least BETWEEN $4 AND badge.rank, (badge.id, badge.rank) < (CAST($5 AS BIGINT), CAST($6 AS rank)), (badge.id, badge.rank) = (CAST($7 AS BIGINT), CAST($8 AS rank))
    badge.`rank` = ?, badge.`rank` IN (?, ?), nullif(field(badge.`rank`, 'rookie','it''s'), 0) > nullif(field(?, 'rookie','it''s'), 0), nullif(field(badge.least, 'rookie','it''s'), 0) BETWEEN nullif(field(?, 'rookie','it''s'), 0) AND nullif(field(badge.`rank`, 'rookie','it''s'), 0), (badge.id < ? OR badge.id = ? AND nullif(field(badge.`rank`, 'rookie','it''s'), 0) < nullif(field(?, 'rookie','it''s'), 0)), (badge.id = ? AND badge.`rank` = ?)
    "#);
}

#[test]
fn a_variant_beside_no_column_says_its_type() {
    let other = case().when(Badge.rank.eq(Lead), Rookie).otherwise(Lead);
    insta::assert_snapshot!(each((
        value(Lead),
        null::<Rank>(),
        other,
        coalesce((Badge.least, Rookie)),
        Badge.rank.cast::<String>(),
        value("it's").cast::<Rank>(),
        value(Lead).lt(Rookie),
    )), @r#"
    ?, ?, CASE WHEN badge.rank = ? THEN ? ELSE ? END, coalesce(badge.least, ?), CAST(badge.rank AS TEXT), CAST(? AS TEXT), ? < ? -- ("it's", NULL, "it's", "rookie", "it's", "rookie", "it's", "it's", "rookie")
    CAST($1 AS rank), NULL, CASE WHEN badge.rank = $2 THEN CAST($3 AS rank) ELSE CAST($4 AS rank) END, coalesce(badge.least, CAST($5 AS rank)), CAST(badge.rank AS VARCHAR), CAST($6 AS rank), CAST($7 AS rank) < CAST($8 AS rank)
    ?, ?, CASE WHEN badge.`rank` = ? THEN ? ELSE ? END, coalesce(badge.least, ?), CAST(badge.`rank` AS CHAR), CAST(? AS CHAR), nullif(field(?, 'rookie','it''s'), 0) < nullif(field(?, 'rookie','it''s'), 0)
    "#);
}
