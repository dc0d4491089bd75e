//! The name that was probably meant.

/// The one of `known` that is nearest to `name`, if any is near.
///
/// Nearness is the Damerau–Levenshtein distance, a third of the name's length at most.
pub(super) fn nearest<'k>(name: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let reach = name.chars().count().div_ceil(3).max(1);
    let name = name.to_lowercase();
    known
        .into_iter()
        .map(|other| (strsim::damerau_levenshtein(&name, &other.to_lowercase()), other))
        .filter(|(distance, _)| *distance <= reach && *distance < name.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        let known = ["store", "format", "color", "threads"];
        assert_eq!(nearest("colour", known), Some("color"));
        assert_eq!(nearest("fromat", known), Some("format"));
        assert_eq!(nearest("STORE", known), Some("store"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(nearest("x", ["y"]), None);
        assert_eq!(nearest("agent", []), None);
    }
}
