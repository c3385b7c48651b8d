//! Structs into bytes, along a plan: every field must come in the order and of the type of the schema.

use serde::Serialize;
use serde::ser::{Impossible, SerializeSeq, SerializeStruct, Serializer};

use super::input::Fault;
use super::plan::{FieldPlan, Plan};

/// Writes one value.
pub(super) struct Writer<'p, 'o> {
    plan: &'p Plan,
    out: &'o mut Vec<u8>,
}

impl<'p, 'o> Writer<'p, 'o> {
    pub(super) const fn new(plan: &'p Plan, out: &'o mut Vec<u8>) -> Self {
        Self { plan, out }
    }

    fn unlike(&self, value: &str) -> Fault {
        let schema = match self.plan {
            Plan::Null => "null",
            Plan::Boolean => "a boolean",
            Plan::Int => "an int",
            Plan::Long => "a long",
            Plan::Bytes => "bytes",
            Plan::String => "a string",
            Plan::Fixed(_) => "a fixed value",
            Plan::Optional { .. } => "an optional value",
            Plan::Union(_) => "a union",
            Plan::Array(_) => "an array",
            Plan::Map(_) => "a map",
            Plan::Record(record) => &format!("a record {}", record.name.as_str()),
        };
        Fault::Wrong(format!("the struct has {value}, the schema {schema}"))
    }
}

/// Appends a number as Avro has it.
fn put_long(out: &mut Vec<u8>, value: i64) {
    let mut zigzag = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while zigzag > 0x7f {
        out.push((zigzag & 0x7f) as u8 | 0x80);
        zigzag >>= 7;
    }
    out.push(zigzag as u8);
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_long(out, bytes.len() as i64);
    out.extend_from_slice(bytes);
}

impl<'p, 'o> Serializer for Writer<'p, 'o> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Items<'p, 'o>;
    type SerializeTuple = Impossible<(), Fault>;
    type SerializeTupleStruct = Impossible<(), Fault>;
    type SerializeTupleVariant = Impossible<(), Fault>;
    type SerializeMap = Impossible<(), Fault>;
    type SerializeStruct = Fields<'p, 'o>;
    type SerializeStructVariant = Impossible<(), Fault>;

    fn serialize_bool(self, value: bool) -> Result<(), Fault> {
        let Plan::Boolean = self.plan else { return Err(self.unlike("a boolean")) };
        self.out.push(u8::from(value));
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), Fault> {
        self.serialize_i32(i32::from(value))
    }

    fn serialize_i16(self, value: i16) -> Result<(), Fault> {
        self.serialize_i32(i32::from(value))
    }

    fn serialize_i32(self, value: i32) -> Result<(), Fault> {
        let Plan::Int = self.plan else { return Err(self.unlike("a number of 32 bits")) };
        put_long(self.out, i64::from(value));
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<(), Fault> {
        let Plan::Long = self.plan else { return Err(self.unlike("a number of 64 bits")) };
        put_long(self.out, value);
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Result<(), Fault> {
        self.serialize_i32(i32::from(value))
    }

    fn serialize_u16(self, value: u16) -> Result<(), Fault> {
        self.serialize_i32(i32::from(value))
    }

    fn serialize_u32(self, value: u32) -> Result<(), Fault> {
        self.serialize_i64(i64::from(value))
    }

    fn serialize_u64(self, value: u64) -> Result<(), Fault> {
        match i64::try_from(value) {
            Ok(value) => self.serialize_i64(value),
            Err(_) => Err(self.unlike("a number of more than 63 bits")),
        }
    }

    fn serialize_f32(self, _: f32) -> Result<(), Fault> {
        Err(self.unlike("a float, which no schema here has"))
    }

    fn serialize_f64(self, _: f64) -> Result<(), Fault> {
        Err(self.unlike("a float, which no schema here has"))
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        let Plan::String = self.plan else { return Err(self.unlike("a text")) };
        put_bytes(self.out, value.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Fault> {
        let Plan::Bytes = self.plan else { return Err(self.unlike("bytes")) };
        put_bytes(self.out, value);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), Fault> {
        let Plan::Optional { null_at, .. } = self.plan else { return Err(self.unlike("nothing")) };
        put_long(self.out, i64::from(*null_at));
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, inner: &T) -> Result<(), Fault> {
        let Plan::Optional { null_at, value } = self.plan else {
            return Err(self.unlike("an optional value"));
        };
        put_long(self.out, i64::from(1 - null_at));
        inner.serialize(Writer::new(value, self.out))
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        Err(self.unlike("a unit"))
    }

    fn serialize_unit_struct(self, name: &'static str) -> Result<(), Fault> {
        Err(self.unlike(name))
    }

    /// An enum without values stands as text.
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Fault> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Fault> {
        Err(self.unlike(&format!("an enum {name} with values")))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items<'p, 'o>, Fault> {
        let (Plan::Array(items), Some(length)) = (self.plan, length) else {
            return Err(self.unlike("a list"));
        };
        if length > 0 {
            put_long(self.out, length as i64);
        }
        Ok(Items { plan: items, out: self.out, left: length })
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Fault> {
        Err(self.unlike("a tuple"))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Fault> {
        Err(self.unlike(&format!("a tuple {name}")))
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        Err(self.unlike(&format!("an enum {name} with values")))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Fault> {
        Err(self.unlike("a map"))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields<'p, 'o>, Fault> {
        let Plan::Record(record) = self.plan else { return Err(self.unlike(&format!("a record {name}"))) };
        if !record.name.is(name) {
            return Err(self.unlike(&format!("a record {name}")));
        }
        Ok(Fields { left: &record.fields, out: self.out })
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        Err(self.unlike(&format!("an enum {name} with values")))
    }

    fn is_human_readable(&self) -> bool {
        false
    }
}

/// Writes the items of a list, whose count was written before them.
pub(super) struct Items<'p, 'o> {
    plan: &'p Plan,
    out: &'o mut Vec<u8>,
    left: usize,
}

impl SerializeSeq for Items<'_, '_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.left = self.left.checked_sub(1).ok_or_else(miscounted)?;
        value.serialize(Writer::new(self.plan, self.out))
    }

    fn end(self) -> Result<(), Fault> {
        if self.left > 0 {
            return Err(miscounted());
        }
        self.out.push(0);
        Ok(())
    }
}

fn miscounted() -> Fault {
    Fault::Wrong("a list has another number of items than it announced".to_owned())
}

/// Writes the fields of a record.
pub(super) struct Fields<'p, 'o> {
    left: &'p [FieldPlan],
    out: &'o mut Vec<u8>,
}

impl SerializeStruct for Fields<'_, '_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Fault> {
        match self.left.split_first() {
            Some((field, left)) if field.name.is(name) => {
                self.left = left;
                value.serialize(Writer::new(&field.plan, self.out)).map_err(|fault| fault.within(name))
            }
            Some((field, _)) => Err(Fault::Wrong(format!(
                "the struct has field {name} where the schema has {}",
                field.name.as_str()
            ))),
            None => Err(Fault::Wrong(format!("the struct has field {name}, which the schema has not"))),
        }
    }

    fn end(self) -> Result<(), Fault> {
        match self.left.first() {
            None => Ok(()),
            Some(field) => Err(Fault::Wrong(format!("the struct has no field {}", field.name.as_str()))),
        }
    }
}
