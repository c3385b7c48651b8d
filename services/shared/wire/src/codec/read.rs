//! Bytes into structs, along a plan: each field goes to its place in the struct, in order where it can.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use super::input::{Fault, Input};
use super::plan::{FieldPlan, Plan};

/// Reads one value. What type a struct asks for is not looked at: the plan says what stands in the
/// bytes, and the struct refuses what it did not expect.
pub(super) struct Reader<'p, 'i, 'de> {
    plan: &'p Plan,
    input: &'i mut Input<'de>,
}

impl<'p, 'i, 'de> Reader<'p, 'i, 'de> {
    pub(super) const fn new(plan: &'p Plan, input: &'i mut Input<'de>) -> Self {
        Self { plan, input }
    }
}

impl<'de> Deserializer<'de> for Reader<'_, '_, 'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.plan {
            Plan::Null => visitor.visit_unit(),
            Plan::Boolean => visitor.visit_bool(self.input.boolean()?),
            Plan::Int => visitor.visit_i32(self.input.int()?),
            Plan::Long => visitor.visit_i64(self.input.long()?),
            Plan::Bytes => visitor.visit_borrowed_bytes(self.input.bytes()?),
            Plan::String => visitor.visit_borrowed_str(self.input.text()?),
            Plan::Fixed(size) => visitor.visit_borrowed_bytes(self.input.take(*size)?),
            Plan::Optional { null_at, value } => {
                if self.input.is_some(*null_at)? {
                    visitor.visit_some(Reader::new(value, self.input))
                } else {
                    visitor.visit_none()
                }
            }
            Plan::Union(branches) => {
                let branch = self.input.branch(branches)?;
                Reader::new(branch, self.input).deserialize_any(visitor)
            }
            Plan::Array(items) => {
                let left = self.input.block()?;
                visitor.visit_seq(Items { plan: items, input: self.input, left })
            }
            Plan::Map(_) => Err(Fault::Wrong("maps are not used here".to_owned())),
            Plan::Record(_) => self.deserialize_struct("", &[], visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.plan {
            Plan::Record(record) => {
                let mut read = Fields { left: &record.fields, read: None, input: self.input };
                // A struct has its fields in the order of its schema: then none needs to be found.
                if record.is_alike(fields) {
                    let value = visitor.visit_seq(&mut read)?;
                    // What the writer has behind our last field is skipped.
                    match read.next()? {
                        None => Ok(value),
                        Some(left) => Err(Fault::Wrong(format!("{} was not read", left.name.as_str()))),
                    }
                } else {
                    visitor.visit_map(read)
                }
            }
            Plan::Null
            | Plan::Boolean
            | Plan::Int
            | Plan::Long
            | Plan::Bytes
            | Plan::String
            | Plan::Fixed(_)
            | Plan::Optional { .. }
            | Plan::Union(_)
            | Plan::Array(_)
            | Plan::Map(_) => self.deserialize_any(visitor),
        }
    }

    // What a ticket is full of is read without a look at every other type: an eighth of the time of reading.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Plan::Optional { null_at, value } = self.plan else { return self.deserialize_any(visitor) };
        if self.input.is_some(*null_at)? {
            visitor.visit_some(Reader::new(value, self.input))
        } else {
            visitor.visit_none()
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Plan::String = self.plan else { return self.deserialize_any(visitor) };
        visitor.visit_borrowed_str(self.input.text()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Plan::Bytes = self.plan else { return self.deserialize_any(visitor) };
        visitor.visit_borrowed_bytes(self.input.bytes()?)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    /// An enum without values stands as text.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let name: StrDeserializer<'_, Fault> = self.input.text()?.into_deserializer();
        visitor.visit_enum(name)
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char string byte_buf unit unit_struct seq tuple
        tuple_struct map identifier ignored_any
    }
}

/// The items of a list.
struct Items<'p, 'i, 'de> {
    plan: &'p Plan,
    input: &'i mut Input<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, '_, 'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        if self.left == 0 {
            return Ok(None);
        }
        let item = seed.deserialize(Reader::new(self.plan, self.input))?;
        self.left -= 1;
        if self.left == 0 {
            self.left = self.input.block()?;
        }
        Ok(Some(item))
    }

    fn size_hint(&self) -> Option<usize> {
        // An item has a byte at least, whatever the count announces.
        Some(self.left.min(self.input.left()))
    }
}

/// The fields of a record.
struct Fields<'p, 'i, 'de> {
    left: &'p [FieldPlan],
    read: Option<&'p FieldPlan>,
    input: &'i mut Input<'de>,
}

impl<'p, 'de> Fields<'p, '_, 'de> {
    /// The next field that we know.
    fn next(&mut self) -> Result<Option<&'p FieldPlan>, Fault> {
        while let Some((field, left)) = self.left.split_first() {
            self.left = left;
            if field.ours {
                return Ok(Some(field));
            }
            self.input.skip(&field.plan).map_err(|fault| fault.within(field.name.as_str()))?;
        }
        Ok(None)
    }

    fn value<V: DeserializeSeed<'de>>(&mut self, field: &FieldPlan, seed: V) -> Result<V::Value, Fault> {
        seed.deserialize(Reader::new(&field.plan, self.input))
            .map_err(|fault| fault.within(field.name.as_str()))
    }
}

/// One field after the other, into the places of a struct that has them in the same order.
impl<'de> SeqAccess<'de> for Fields<'_, '_, 'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        self.next()?.map(|field| self.value(field, seed)).transpose()
    }
}

/// By name: an older or newer writer may have the fields in another order, or not all of them.
impl<'de> MapAccess<'de> for Fields<'_, '_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        self.read = self.next()?;
        let name = |field: &FieldPlan| {
            let name: StrDeserializer<'_, Fault> = field.name.as_str().into_deserializer();
            seed.deserialize(name)
        };
        self.read.map(name).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let field =
            self.read.take().ok_or_else(|| Fault::Wrong("a value was asked before its key".to_owned()))?;
        self.value(field, seed)
    }
}
