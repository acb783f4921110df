//! JSON of strangers, kept as it is: only so much of it.
//!
//! A value of two bytes (`0,`) takes seventy in memory, and one of eight (`{"":0},`) several hundred: four mebibytes of a
//! document's members that nobody knows would become a gigabyte. So values are counted while they are read.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// How many values are kept of one document: more than any config or error has, and a few megabytes at most.
const MAX_VALUES: usize = 50_000;

/// Reads a document whole, whatever it is, unless it has more values than any honest one.
pub fn parse_value(bytes: &[u8]) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Bounded::new(MAX_VALUES).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(value)
}

/// How many values may still be kept.
pub(super) struct Bounded(Cell<usize>);

impl Bounded {
    pub(super) fn new(most: usize) -> Self {
        Self(Cell::new(most))
    }

    fn spend<E: Error>(&self) -> Result<(), E> {
        let left = self.0.get().checked_sub(1).ok_or_else(|| E::custom("more members than anybody writes"))?;
        self.0.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &Bounded {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.spend()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Bounded {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            map.insert(name, members.next_value_seed(self)?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_written() {
        let text = r#"{"b":[1,-2,0.5,null,true,"x\u001b"],"a":{"":{}}}"#;
        let value = parse_value(text.as_bytes()).expect("JSON");
        assert_eq!(value, serde_json::from_str::<Value>(text).expect("JSON"));
        assert_eq!(value.to_string(), text);
        for text in ["", "{", "1 2", "[1,]", "nul"] {
            assert!(parse_value(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn bombs_of_json_are_refused_when_they_go_off() {
        let list = format!("[{}0]", "0,".repeat(2_000_000));
        let objects = format!("[{}0]", r#"{"":0},"#.repeat(500_000));
        let deep = "[".repeat(2_000_000);
        let nested = format!("{}{}", r#"{"":"#.repeat(200), "}".repeat(200));
        for text in [list, objects, deep, nested] {
            assert!(parse_value(text.as_bytes()).is_err());
        }
    }
}
