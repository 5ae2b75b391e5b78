//! NUMERIC as PostgreSQL sends it: digits to the base of 10,000, and where the point is.

use bytes::{BufMut, BytesMut};
use rust_decimal::Decimal;

const BASE: u128 = 10_000;
const NEGATIVE: u16 = 0x4000;
const NAN: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const MINUS_INFINITY: u16 = 0xF000;

pub(crate) fn write(value: &Decimal, out: &mut BytesMut) {
    let scale = value.scale();
    // The digits behind the point fill groups of four.
    let missing = (4 - scale % 4) % 4;
    let mut rest = value.mantissa().unsigned_abs() * 10_u128.pow(missing);
    let mut groups: Vec<u16> = Vec::with_capacity(9);
    while rest > 0 {
        groups.push(u16::try_from(rest % BASE).unwrap_or(0));
        rest /= BASE;
    }
    let behind = (scale + missing) / 4;
    let count = i16::try_from(groups.len()).unwrap_or(0);
    let weight = if count == 0 { 0 } else { count - i16::try_from(behind).unwrap_or(0) - 1 };
    out.put_i16(count);
    out.put_i16(weight);
    out.put_u16(if value.is_sign_negative() && count > 0 { NEGATIVE } else { 0 });
    out.put_u16(u16::try_from(scale).unwrap_or(0));
    groups.iter().rev().for_each(|group| out.put_u16(*group));
}

/// Why a NUMERIC is no `Decimal`.
pub(crate) fn read(bytes: &[u8]) -> Result<Decimal, &'static str> {
    const SHORT: &str = "its bytes are not those of a NUMERIC";
    let mut parts = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let mut next = || parts.next().ok_or(SHORT);
    let (count, weight, sign, scale) = (next()?, next()? as i16, next()?, next()?);
    match sign {
        NAN => return Err("it is NaN"),
        INFINITY | MINUS_INFINITY => return Err("it is infinite"),
        _ => {}
    }
    let groups = parts.collect::<Vec<_>>();
    if groups.len() != usize::from(count) {
        return Err(SHORT);
    }
    value(&groups, i32::from(weight), u32::from(scale))
        .map(|value| if sign == NEGATIVE { -value } else { value })
        .ok_or("it has more digits than a `Decimal`, which has 28; cast it to text")
}

fn value(groups: &[u16], weight: i32, scale: u32) -> Option<Decimal> {
    let mut mantissa: i128 = 0;
    for group in groups {
        mantissa = mantissa.checked_mul(10_000)?.checked_add(i128::from(*group))?;
    }
    // The power of ten of the last digit, and the one that is wanted.
    let last = 4 * (weight - i32::try_from(groups.len()).ok()? + 1);
    let mut scale = i32::try_from(scale).ok()?;
    let shift = last + scale;
    if mantissa != 0 {
        if shift >= 0 {
            mantissa = mantissa.checked_mul(10_i128.checked_pow(shift.unsigned_abs())?)?;
        } else {
            // The last group reaches further than the number, with zeros.
            mantissa /= 10_i128.checked_pow(shift.unsigned_abs())?;
        }
    }
    loop {
        match Decimal::try_from_i128_with_scale(mantissa, scale.unsigned_abs()) {
            Ok(value) => return Some(value),
            Err(_) if scale > 0 && mantissa % 10 == 0 => {
                mantissa /= 10;
                scale -= 1;
            }
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in [
            "0",
            "0.00",
            "1",
            "-1",
            "10000",
            "9999.9999",
            "-0.00001234",
            "0.1",
            "1.10",
            "123456789012345678901234567.8",
            "79228162514264337593543950335",
            "-7.9228162514264337593543950335",
            "0.0000000000000000000000000001",
            "100000000",
        ] {
            let value: Decimal = text.parse().unwrap();
            let mut bytes = BytesMut::new();
            write(&value, &mut bytes);
            assert_eq!(read(&bytes).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_decimal_is_said() {
        let special = |sign: u16| {
            let mut bytes = [0; 8];
            bytes[4..6].copy_from_slice(&sign.to_be_bytes());
            bytes
        };
        assert_eq!(read(&special(NAN)), Err("it is NaN"));
        assert_eq!(read(&special(MINUS_INFINITY)), Err("it is infinite"));
        assert_eq!(read(&[0, 1, 0, 0]), Err("its bytes are not those of a NUMERIC"));
        // one digit of 10,000 to the power of 8
        let huge = [0, 1, 0, 8, 0, 0, 0, 0, 0, 1];
        assert!(read(&huge).is_err_and(|why| why.starts_with("it has more digits")));
    }
}
