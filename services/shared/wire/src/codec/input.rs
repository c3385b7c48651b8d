//! The bytes of a record while they are read: numbers, lengths and blocks, each bounded.

use super::plan::Plan;
use super::{LARGEST_FIELD, MOST_ITEMS};

/// What is wrong with the bytes, or with the record that should be written.
#[derive(Debug)]
pub(super) enum Fault {
    /// They are not a record of their schema.
    Wrong(String),
    /// A field or list is larger than allowed: found, allowed.
    TooLarge(usize, usize),
}

impl Fault {
    /// The same fault, seen from one level further out.
    pub(super) fn within(self, name: &str) -> Self {
        match self {
            Self::Wrong(why) => match why.strip_prefix("at ") {
                Some(inner) => Self::Wrong(format!("at {name}.{inner}")),
                None => Self::Wrong(format!("at {name}: {why}")),
            },
            Self::TooLarge(found, allowed) => Self::TooLarge(found, allowed),
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Wrong(why) => out.write_str(why),
            Self::TooLarge(found, allowed) => write!(out, "{found} is more than {allowed}"),
        }
    }
}

impl std::error::Error for Fault {}

impl serde::de::Error for Fault {
    fn custom<T: std::fmt::Display>(text: T) -> Self {
        Self::Wrong(text.to_string())
    }
}

impl serde::ser::Error for Fault {
    fn custom<T: std::fmt::Display>(text: T) -> Self {
        Self::Wrong(text.to_string())
    }
}

const fn unzigzag(zigzag: u64) -> i64 {
    (zigzag >> 1).cast_signed() ^ -(zigzag & 1).cast_signed()
}

fn ends() -> Fault {
    Fault::Wrong("it ends before the record does".to_owned())
}

/// The bytes not read so far.
#[derive(Debug)]
pub(super) struct Input<'b> {
    rest: &'b [u8],
    items: usize,
}

impl<'b> Input<'b> {
    pub(super) const fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes, items: 0 }
    }

    pub(super) const fn left(&self) -> usize {
        self.rest.len()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'b [u8], Fault> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(ends)?;
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn boolean(&mut self) -> Result<bool, Fault> {
        match self.take(1)? {
            [0] => Ok(false),
            [1] => Ok(true),
            other => Err(Fault::Wrong(format!("{other:?} is not a boolean"))),
        }
    }

    #[inline]
    pub(super) fn long(&mut self) -> Result<i64, Fault> {
        // Most numbers are lengths and branches.
        if let Some((&byte @ ..=0x7f, rest)) = self.rest.split_first() {
            self.rest = rest;
            return Ok(unzigzag(byte.into()));
        }
        self.long_of_bytes()
    }

    fn long_of_bytes(&mut self) -> Result<i64, Fault> {
        let mut zigzag = 0_u64;
        for (at, byte) in self.rest.iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit only.
            if at == 9 && bits > 1 {
                break;
            }
            zigzag |= bits << (7 * at);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[at + 1..];
                return Ok(unzigzag(zigzag));
            }
        }
        if self.rest.len() < 10 {
            Err(ends())
        } else {
            Err(Fault::Wrong("a number has more than 64 bits".to_owned()))
        }
    }

    pub(super) fn int(&mut self) -> Result<i32, Fault> {
        let long = self.long()?;
        i32::try_from(long).map_err(|_| Fault::Wrong(format!("{long} has more than 32 bits")))
    }

    pub(super) fn bytes(&mut self) -> Result<&'b [u8], Fault> {
        let length = self.long()?;
        let length = usize::try_from(length).map_err(|_| Fault::Wrong(format!("a length is {length}")))?;
        if length > LARGEST_FIELD {
            return Err(Fault::TooLarge(length, LARGEST_FIELD));
        }
        self.take(length)
    }

    pub(super) fn text(&mut self) -> Result<&'b str, Fault> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Fault::Wrong("a text is not UTF-8".to_owned()))
    }

    /// The number of items in the next block of a list; 0 ends the list.
    pub(super) fn block(&mut self) -> Result<usize, Fault> {
        let count = self.long()?;
        if count < 0 {
            // A negative count is followed by the length of the block, which nobody needs who reads it.
            self.long()?;
        }
        let count = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
        self.items = self.items.saturating_add(count);
        if self.items > MOST_ITEMS {
            return Err(Fault::TooLarge(self.items, MOST_ITEMS));
        }
        Ok(count)
    }

    /// The branch of a union.
    pub(super) fn branch<'p>(&mut self, branches: &'p [Plan]) -> Result<&'p Plan, Fault> {
        let at = self.long()?;
        usize::try_from(at)
            .ok()
            .and_then(|at| branches.get(at))
            .ok_or_else(|| Fault::Wrong(format!("a union has no branch {at}")))
    }

    /// Whether an optional value is there.
    pub(super) fn is_some(&mut self, null_at: i32) -> Result<bool, Fault> {
        match self.long()? {
            at @ (0 | 1) => Ok(at != i64::from(null_at)),
            at => Err(Fault::Wrong(format!("a union has no branch {at}"))),
        }
    }

    /// Reads past one value.
    pub(super) fn skip(&mut self, plan: &Plan) -> Result<(), Fault> {
        match plan {
            Plan::Null => Ok(()),
            Plan::Boolean => self.take(1).map(|_| ()),
            Plan::Int | Plan::Long => self.long().map(|_| ()),
            Plan::Bytes | Plan::String => self.bytes().map(|_| ()),
            Plan::Fixed(size) => self.take(*size).map(|_| ()),
            Plan::Optional { null_at, value } => {
                if self.is_some(*null_at)? {
                    self.skip(value)
                } else {
                    Ok(())
                }
            }
            Plan::Union(branches) => {
                let branch = self.branch(branches)?;
                self.skip(branch)
            }
            Plan::Array(items) => self.skip_blocks(|input| input.skip(items)),
            Plan::Map(values) => self.skip_blocks(|input| {
                input.bytes()?;
                input.skip(values)
            }),
            Plan::Record(record) => record.fields.iter().try_for_each(|field| self.skip(&field.plan)),
        }
    }

    fn skip_blocks(&mut self, item: impl Fn(&mut Self) -> Result<(), Fault>) -> Result<(), Fault> {
        loop {
            let count = self.block()?;
            if count == 0 {
                return Ok(());
            }
            (0..count).try_for_each(|_| item(self))?;
        }
    }
}
