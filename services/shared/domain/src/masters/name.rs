//! A short text held without a heap allocation of its own: item numbers, barcodes and NetSuite ids are
//! short, and there are millions of them.

use std::hash::{Hash, Hasher};

/// Bytes that are held inline.
const INLINE: usize = 22;

/// A text in 24 bytes, on the heap only beyond 22 bytes. A text has one form, so equal texts are equal.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Name {
    /// Up to 22 bytes, the rest zero.
    Short {
        /// How many bytes are used.
        length: u8,
        /// The text.
        bytes: [u8; INLINE],
    },
    /// A longer text.
    Long(Box<str>),
}

impl Name {
    pub(super) fn new(text: &str) -> Self {
        let mut bytes = [0; INLINE];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(places), Ok(length)) => {
                places.copy_from_slice(text.as_bytes());
                Self::Short { length, bytes }
            }
            _ => Self::Long(text.into()),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            // What was put in is the whole of a text.
            Self::Short { length, bytes } => bytes
                .get(..usize::from(*length))
                .and_then(|bytes| std::str::from_utf8(bytes).ok())
                .unwrap_or_default(),
            Self::Long(text) => text,
        }
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.as_str(), out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_gives_back_its_text_in_24_bytes() {
        for length in [0, 1, 21, 22, 23, 60] {
            let text = "7".repeat(length);
            assert_eq!(Name::new(&text).as_str(), text);
            assert_eq!(Name::new(&text), Name::new(&text));
        }
        assert_eq!(Name::new("piñata").as_str(), "piñata");
        assert_eq!(size_of::<Name>(), 24);
        assert_eq!(size_of::<Option<Name>>(), 24);
    }
}
