//! "Did you mean": the known name that a misspelt one is closest to.

/// The candidate that is at most a third of the name's letters away, or that the name is the beginning of.
pub(crate) fn closest<'c>(
    name: &str,
    candidates: impl IntoIterator<Item = &'c str>,
) -> Option<&'c str> {
    let letters = name.chars().count();
    let limit = (letters / 3).max(1);
    let candidates: Vec<_> = candidates.into_iter().collect();
    let longer = candidates.iter().find(|other| letters > 2 && other.starts_with(name)).copied();
    candidates
        .into_iter()
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(away, _)| *away <= limit)
        .min_by_key(|(away, _)| *away)
        .map(|(_, candidate)| candidate)
        .or(longer)
}

/// How many letters have to be added, removed, replaced or swapped with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = match (i, j) {
                (0, edge) | (edge, 0) => edge,
                _ => {
                    let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                    let best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                    let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                    if swapped { best.min(rows[i - 2][j - 2] + 1) } else { best }
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_own() {
        let known = ["index", "unique", "primary_key", "key"];
        assert_eq!(closest("indx", known), Some("index"));
        assert_eq!(closest("idnex", known), Some("index"));
        assert_eq!(closest("primarykey", known), Some("primary_key"));
        assert_eq!(closest("foo", known), None);
        assert_eq!(closest("ky", known), Some("key"));
        assert_eq!(closest("max_len", ["max_digits", "max_length"]), Some("max_length"));
    }

    #[test]
    fn distances_are_counted_in_letters() {
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("abc", "acb"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
