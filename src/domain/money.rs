//! Amounts in whole fen, and the exact decimals of a fee line.
//!
//! No float ever touches money. Amounts sum as integers; quantities and unit
//! prices stay decimals with the places the platform allows (4 and 6).

use crate::text::{Explain, Lang};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub};
use std::str::FromStr;

/// An amount in whole fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Money(i64);

/// Why a text is not an amount in yuan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// Letters, commas, blanks inside, or nothing at all.
    NotANumber,
    /// More than two decimals that are not zero.
    FractionOfFen,
    /// More than the platform's 16 digits.
    TooLarge,
}

/// The platform's `number(16,2)`: 14 digits of yuan.
const LARGEST_FEN: i64 = 9_999_999_999_999_999;

impl Money {
    /// Nothing.
    pub const ZERO: Money = Money(0);

    /// An amount from whole fen.
    pub const fn from_fen(fen: i64) -> Money {
        Money(fen)
    }

    /// Whole fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// The amount without its sign.
    pub const fn abs(self) -> Money {
        Money(self.0.saturating_abs())
    }

    /// Less than nothing.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Exactly nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The amount in yuan.
    pub fn yuan(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// A whole number of fen from a decimal in yuan.
    fn from_yuan(yuan: Decimal) -> Result<Money, MoneyError> {
        let fen = yuan.checked_mul(Decimal::ONE_HUNDRED).ok_or(MoneyError::TooLarge)?;
        if !fen.is_integer() {
            return Err(MoneyError::FractionOfFen);
        }
        let fen = fen.to_i64().ok_or(MoneyError::TooLarge)?;
        if fen.abs() > LARGEST_FEN { Err(MoneyError::TooLarge) } else { Ok(Money(fen)) }
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads yuan: `12`, `12.5`, `-12.50`. A comma is refused (`12,5` must not become 125), and so is `1_000`.
    fn from_str(text: &str) -> Result<Money, MoneyError> {
        let text = text.trim();
        if let Some(fen) = plain_fen(text.as_bytes()) {
            return Ok(Money(fen));
        }
        Money::from_yuan(decimal(text).ok_or(MoneyError::NotANumber)?)
    }
}

/// The usual shape, `123` or `123.45` with at most 14 digits of yuan, without a `Decimal`.
fn plain_fen(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text.split_first()? {
        (b'-', rest) => (true, rest),
        _ => (false, text),
    };
    let point = digits.iter().position(|&b| b == b'.').unwrap_or(digits.len());
    let (whole, cents) = (&digits[..point], digits.get(point + 1..).unwrap_or_default());
    if whole.is_empty() || whole.len() > 14 || cents.len() > 2 || (point < digits.len() && cents.is_empty()) {
        return None;
    }
    let mut fen = 0_i64;
    for &b in whole.iter().chain(cents) {
        fen = fen * 10 + i64::from(b.is_ascii_digit().then(|| b - b'0')?);
    }
    fen *= [100, 10, 1][cents.len()];
    Some(if negative { -fen } else { fen })
}

/// A decimal of ASCII digits with at most one point and a sign; nothing else.
fn decimal(text: &str) -> Option<Decimal> {
    let plain = text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+'));
    let digits = text.chars().any(|c| c.is_ascii_digit());
    if plain && digits && text.len() <= 64 { Decimal::from_str_exact(text).ok() } else { None }
}

impl fmt::Display for Money {
    /// Yuan with two decimals: `-12.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let fen = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", fen / 100, fen % 100))
    }
}

impl Add for Money {
    type Output = Money;

    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Money) {
        *self = *self + other;
    }
}

impl Sub for Money {
    type Output = Money;

    fn sub(self, other: Money) -> Money {
        Money(self.0.saturating_sub(other.0))
    }
}

impl Neg for Money {
    type Output = Money;

    fn neg(self) -> Money {
        Money(self.0.saturating_neg())
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for MoneyError {}

impl Explain for MoneyError {
    fn what(&self, lang: Lang) -> String {
        match self {
            MoneyError::NotANumber => lang.pick("不是以元为单位的金额", "is not an amount in yuan"),
            MoneyError::FractionOfFen => lang.pick("金额有不足一分的尾数", "has a fraction of a fen"),
            MoneyError::TooLarge => lang.pick("金额超出 14 位整数", "is larger than 14 digits of yuan"),
        }
        .to_owned()
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick(
            "金额最多两位小数，不带千分位，如 12.50",
            "write at most two decimals and no commas, as in 12.50",
        )
        .to_owned()
    }
}

/// Why a text is not a quantity or a unit price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// Not a plain decimal.
    NotANumber,
    /// More decimals than the platform takes.
    TooManyPlaces {
        /// How many it takes.
        places: u32,
    },
    /// More than 16 digits.
    TooLarge,
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what(Lang::En))
    }
}

impl std::error::Error for QuantityError {}

impl Explain for QuantityError {
    fn what(&self, lang: Lang) -> String {
        match (self, lang) {
            (QuantityError::NotANumber, _) => lang.pick("不是数字", "is not a number").to_owned(),
            (QuantityError::TooManyPlaces { places }, Lang::Zh) => format!("小数超过 {places} 位"),
            (QuantityError::TooManyPlaces { places }, Lang::En) => format!("has more than {places} decimals"),
            (QuantityError::TooLarge, _) => lang.pick("超过 16 位数字", "has more than 16 digits").to_owned(),
        }
    }

    fn hint(&self, lang: Lang) -> String {
        lang.pick("数量最多 4 位小数，单价最多 6 位小数", "quantities take 4 decimals at most, unit prices 6")
            .to_owned()
    }
}

/// A quantity, at most 4 decimals; negative in a line refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Quantity(Decimal);

/// A unit price in yuan, at most 6 decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Price(Decimal);

impl Quantity {
    /// The exact value.
    pub fn value(self) -> Decimal {
        self.0
    }
}

impl Price {
    /// Yuan, exactly.
    pub fn value(self) -> Decimal {
        self.0
    }

    /// Price times quantity, rounded half up to the fen.
    pub fn times(self, quantity: Quantity) -> Option<Money> {
        let product = self.0.checked_mul(quantity.0)?;
        let rounded = product.round_dp_with_strategy(2, rust_decimal::RoundingStrategy::MidpointAwayFromZero);
        Money::from_yuan(rounded).ok()
    }
}

fn exact(text: &str, places: u32) -> Result<Decimal, QuantityError> {
    let value = decimal(text.trim()).ok_or(QuantityError::NotANumber)?;
    let value = if value.scale() > places { value.normalize() } else { value };
    if value.scale() > places {
        return Err(QuantityError::TooManyPlaces { places });
    }
    // number(16,n): 16 digits in all.
    if value.mantissa().unsigned_abs() > 9_999_999_999_999_999 {
        return Err(QuantityError::TooLarge);
    }
    Ok(value)
}

impl FromStr for Quantity {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Quantity, QuantityError> {
        exact(text, 4).map(Quantity)
    }
}

impl FromStr for Price {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Price, QuantityError> {
        exact(text, 6).map(Price)
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn yuan_becomes_fen() {
        #[rustfmt::skip] // the columns are the point
        let cases = [
            ("12",        Ok(1200)),
            ("12.5",      Ok(1250)),
            (" -12.50 ",  Ok(-1250)),
            ("+3",        Ok(300)),
            ("0.010",     Ok(1)),
            (".5",        Ok(50)),
            ("12,5",      Err(MoneyError::NotANumber)),
            ("1_000",     Err(MoneyError::NotANumber)),
            ("",          Err(MoneyError::NotANumber)),
            ("1.2.3",     Err(MoneyError::NotANumber)),
            ("1e5",       Err(MoneyError::NotANumber)),
            ("１２",       Err(MoneyError::NotANumber)),
            ("12.345",    Err(MoneyError::FractionOfFen)),
            ("123456789012345678", Err(MoneyError::TooLarge)),
        ];
        for (text, fen) in cases {
            assert_eq!(text.parse::<Money>().map(Money::fen), fen, "{text}");
        }
    }

    #[test]
    fn price_times_quantity_rounds_half_up() {
        let price: Price = "0.335".parse().unwrap();
        let one: Quantity = "1".parse().unwrap();
        assert_eq!(price.times(one), Some(Money::from_fen(34)));
        assert_eq!("1.12345".parse::<Quantity>(), Err(QuantityError::TooManyPlaces { places: 4 }));
        assert_eq!("2.50000".parse::<Quantity>().map(|q| q.to_string()), Ok("2.5".to_owned()));
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_back(fen in -LARGEST_FEN..=LARGEST_FEN) {
            let money = Money::from_fen(fen);
            prop_assert_eq!(money.to_string().parse::<Money>(), Ok(money));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = text.parse::<Money>();
            let _ = text.parse::<Price>();
        }
    }
}
