//! Texts that repeat, each kept once and named by its number.

use xxhash_rust::xxh3::xxh3_64;

/// Texts numbered in the order in which they first came.
#[derive(Debug, Default)]
pub(super) struct DistinctTexts {
    bytes: Vec<u8>,
    /// Where each text ends.
    ends: Vec<u32>,
    /// Hash of each text.
    hashes: Vec<u64>,
    /// A text's number plus one, at its hash or the next free place; a power of two of them.
    places: Vec<u32>,
}

impl DistinctTexts {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a number.
    pub(super) fn get(&self, number: u32) -> Option<&[u8]> {
        let number = number as usize;
        let start = match number.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(number)? as usize)
    }

    /// All texts, in the order of their numbers.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..).map_while(|number| self.get(number))
    }

    /// The number of `text`, a new one where it has not come before.
    pub(super) fn number_of(&mut self, text: &[u8]) -> u32 {
        if self.hashes.len() * 2 >= self.places.len() {
            self.grow();
        }
        let hash = xxh3_64(text);
        let mask = self.places.len() - 1;
        let mut place = index(hash) & mask;
        while let Some(number) = self.places.get(place).copied().and_then(|p| p.checked_sub(1)) {
            let is_same_hash = self.hashes.get(number as usize) == Some(&hash);
            if is_same_hash && self.get(number) == Some(text) {
                return number;
            }
            place = (place + 1) & mask;
        }
        let number = number(self.hashes.len());
        self.bytes.extend_from_slice(text);
        self.ends.push(self::number(self.bytes.len()));
        self.hashes.push(hash);
        if let Some(free) = self.places.get_mut(place) {
            *free = number.saturating_add(1);
        }
        number
    }

    fn grow(&mut self) {
        let size = (self.places.len() * 2).max(64);
        self.places.clear();
        self.places.resize(size, 0);
        for (hash, number) in self.hashes.iter().zip(1..) {
            let mut place = index(*hash) & (size - 1);
            while self.places.get(place).is_some_and(|taken| *taken != 0) {
                place = (place + 1) & (size - 1);
            }
            if let Some(free) = self.places.get_mut(place) {
                *free = number;
            }
        }
    }

    /// Forgets all texts and keeps the room.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.hashes.clear();
        self.places.fill(0);
    }
}

/// The low bits of a hash; a place needs no more.
fn index(hash: u64) -> usize {
    usize::try_from(hash & u64::from(u32::MAX)).unwrap_or_default()
}

/// A count of texts or bytes; a batch has fewer than 2^32.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_numbered_as_they_come() {
        let mut texts = DistinctTexts::default();
        for round in 0..2 {
            for i in 0..1000_u32 {
                let text = format!("text {i}");
                assert_eq!(texts.number_of(text.as_bytes()), i, "round {round}");
            }
        }
        assert_eq!(texts.number_of(b""), 1000);
        assert_eq!((texts.len(), texts.get(999)), (1001, Some(b"text 999".as_slice())));
        assert_eq!((texts.get(1000), texts.get(1001)), (Some(b"".as_slice()), None));
        assert_eq!(texts.iter().count(), 1001);
        texts.clear();
        assert_eq!((texts.len(), texts.number_of(b"new")), (0, 0));
    }
}
