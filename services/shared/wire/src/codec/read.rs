//! Bytes into structs, along a plan: each field goes to its place in the struct by number.

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
            Plan::Record(record) => visitor.visit_map(Fields {
                of_struct: fields,
                left: &record.fields,
                read: None,
                input: self.input,
            }),
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
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
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
    of_struct: &'static [&'static str],
    left: &'p [FieldPlan],
    read: Option<&'p FieldPlan>,
    input: &'i mut Input<'de>,
}

impl<'de> MapAccess<'de> for Fields<'_, '_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        while let Some((field, left)) = self.left.split_first() {
            self.left = left;
            let Some(place) = field.ours else {
                self.input.skip(&field.plan).map_err(|fault| fault.within(&field.name))?;
                continue;
            };
            self.read = Some(field);
            // A struct has its fields in the order of its schema; where it has not, the name decides.
            let by_number = self.of_struct.get(place).is_some_and(|name| *name == field.name);
            let key = if by_number { Key::Place(place as u64) } else { Key::Name(&field.name) };
            return seed.deserialize(key).map(Some);
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        let field =
            self.read.take().ok_or_else(|| Fault::Wrong("a value was asked before its key".to_owned()))?;
        seed.deserialize(Reader::new(&field.plan, self.input)).map_err(|fault| fault.within(&field.name))
    }
}

/// Which field of a struct comes next.
enum Key<'p> {
    Place(u64),
    Name(&'p str),
}

impl<'de> Deserializer<'de> for Key<'_> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self {
            Self::Place(place) => visitor.visit_u64(place),
            Self::Name(name) => visitor.visit_str(name),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
