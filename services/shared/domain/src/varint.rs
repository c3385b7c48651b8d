//! Whole numbers in as few bytes as they need: seven bits a byte, the lowest first, signed ones zigzag.

/// Writes a number, byte by byte.
pub(crate) fn write(mut value: u64, mut byte: impl FnMut(u8)) {
    while value >= 0x80 {
        byte(0x80 | value.to_le_bytes()[0]);
        value >>= 7;
    }
    byte(value.to_le_bytes()[0]);
}

/// A signed number as one without a sign, small where the number is near zero.
pub(crate) const fn zigzag(value: i64) -> u64 {
    (value.wrapping_shl(1) ^ (value >> 63)).cast_unsigned()
}
