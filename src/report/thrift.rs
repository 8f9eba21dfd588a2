//! Thrift's compact protocol, as far as the foot of a Parquet file needs it:
//! structs of numbers, texts, flags, lists and structs.

/// What a list holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    I32 = 5,
    Binary = 8,
    Struct = 12,
}

/// A struct in the making; its fields are put in rising order.
#[derive(Clone, Debug, Default)]
pub(super) struct Struct {
    bytes: Vec<u8>,
    last: u8,
}

impl Struct {
    pub(super) fn new() -> Struct {
        Struct::default()
    }

    /// The bytes of the whole struct.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        bytes.push(0);
        bytes
    }

    fn field(&mut self, id: u8, kind: u8) {
        let step = id - self.last;
        debug_assert!((1..=15).contains(&step), "fields are put in order, none far from the one before");
        self.bytes.push(step << 4 | kind);
        self.last = id;
    }

    pub(super) fn flag(&mut self, id: u8, flag: bool) {
        self.field(id, if flag { 1 } else { 2 });
    }

    pub(super) fn i32(&mut self, id: u8, number: i32) {
        self.field(id, 5);
        self.bytes.extend(Struct::number(number));
    }

    pub(super) fn i64(&mut self, id: u8, number: i64) {
        self.field(id, 6);
        Struct::varint(&mut self.bytes, zigzag(number));
    }

    pub(super) fn text(&mut self, id: u8, text: &str) {
        self.field(id, 8);
        self.bytes.extend(Struct::string(text));
    }

    pub(super) fn put(&mut self, id: u8, inner: &Struct) {
        self.field(id, 12);
        self.bytes.extend(inner.bytes());
    }

    pub(super) fn list(&mut self, id: u8, of: Type, items: impl IntoIterator<Item = Vec<u8>>) {
        self.field(id, 9);
        let items: Vec<Vec<u8>> = items.into_iter().collect();
        let (count, kind) = (items.len(), of as u8);
        match u8::try_from(count) {
            Ok(few) if few < 15 => self.bytes.push(few << 4 | kind),
            _ => {
                self.bytes.push(0xf0 | kind);
                Struct::varint(&mut self.bytes, count as u64);
            }
        }
        self.bytes.extend(items.into_iter().flatten());
    }

    /// A number as an item of a list.
    pub(super) fn number(number: i32) -> Vec<u8> {
        let mut bytes = Vec::new();
        Struct::varint(&mut bytes, zigzag(i64::from(number)));
        bytes
    }

    /// A text as an item of a list.
    pub(super) fn string(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        Struct::varint(&mut bytes, text.len() as u64);
        bytes.extend(text.as_bytes());
        bytes
    }

    /// Seven bits in each byte, the lowest first.
    pub(super) fn varint(into: &mut Vec<u8>, mut number: u64) {
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            if number == 0 {
                into.push(low);
                return;
            }
            into.push(low | 0x80);
        }
    }
}

/// Small numbers of either sign become small numbers.
fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_texts_and_lists_as_the_protocol_has_them() {
        let mut one = Struct::new();
        one.i32(1, 150);
        one.text(4, "ab");
        one.flag(5, false);
        one.list(6, Type::I32, [0, 3].map(Struct::number));
        assert_eq!(one.bytes(), [0x15, 0xac, 0x02, 0x38, 2, b'a', b'b', 0x12, 0x19, 0x25, 0, 6, 0]);
        assert_eq!(zigzag(-1), 1);
        let mut many = Struct::new();
        many.list(1, Type::Binary, std::iter::repeat_n(Struct::string(""), 20));
        assert_eq!(many.bytes()[..3], [0x19, 0xf8, 20]);
    }
}
