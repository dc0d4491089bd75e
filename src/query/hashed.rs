//! Maps and sets of what is found by a hash: with a hasher for short keys, which is several times as fast as the
//! usual one, and is started anew in each process.

pub use foldhash::fast::RandomState;

/// A map; made by `default`, since `new` is for the usual hasher.
pub type HashMap<K, V> = std::collections::HashMap<K, V, RandomState>;

/// A set; made by `default`.
pub type HashSet<T> = std::collections::HashSet<T, RandomState>;
