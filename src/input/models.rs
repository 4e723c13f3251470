//! Which laws of motion a factor of a study follows: one by name, or several by weight.
//!
//! In: `model = "gbm"` or `model = { gbm = 0.5, kou = 0.5 }`. Out: laws with their weights. Not
//! here: what a law is.

use super::key::{Kind, Value};
use super::range::Wrong;
use super::reader::Item;

/// The laws that one factor may follow.
pub trait Choice: Copy + PartialEq + 'static {
    /// Every law, in the order of the manual.
    const ALL: &'static [Self];
    /// Its name in a study and in results, also that of its table.
    fn name(self) -> &'static str;
}

/// Laws with their weights: above 0, in the order of [`Choice::ALL`], summing to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Models<C>(Vec<(C, f64)>);

/// What weights may miss 1 by: that of a third written with ten digits.
const SUM_ROUNDING: f64 = 1e-9;

impl<C: Choice> Models<C> {
    /// One law alone.
    pub fn one(law: C) -> Self {
        Self(vec![(law, 1.0)])
    }
    /// The laws with their weights.
    pub fn weights(&self) -> &[(C, f64)] {
        &self.0
    }
    /// Names of the laws.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.iter().map(|(law, _)| law.name()).collect()
    }
    /// Names of their tables within `table`, where there are several; else none.
    pub fn several(&self, table: &str) -> Vec<String> {
        match self.0.len() {
            1 => Vec::new(),
            _ => self.0.iter().map(|(law, _)| format!("{table}.{}", law.name())).collect(),
        }
    }
    /// Whether a law is among them.
    pub fn contains(&self, law: C) -> bool {
        self.0.iter().any(|(own, _)| *own == law)
    }
    fn of_name(name: &str) -> Result<C, Wrong> {
        let found = C::ALL.iter().find(|law| law.name() == name);
        found.copied().ok_or_else(|| {
            let hint = crate::error::did_you_mean(name, C::ALL.iter().map(|law| law.name()));
            let what = "names no model that there is".into();
            Wrong { what, help: (!hint.is_empty()).then_some(hint) }
        })
    }
}

impl<C: Choice> Value for Models<C> {
    fn placeholder() -> Self {
        Self(Vec::new())
    }
    fn read(item: &Item, kind: &Kind) -> Result<Self, Wrong> {
        let parts = match item {
            Item::Text(name) => return Self::of_name(name).map(Self::one),
            Item::Table(parts) if !parts.is_empty() => parts,
            _ => return Err(Wrong::new("is neither a model nor weights of models")),
        };
        let mut weights = Vec::new();
        for (name, weight) in parts {
            weights.push((Self::of_name(name)?, super::key::number(weight, kind.range())?));
        }
        let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
        if (sum - 1.0).abs() > SUM_ROUNDING {
            return Err(Wrong::new(format!("has weights that sum to {sum}, not to 1")));
        }
        let position = |law: C| C::ALL.iter().position(|other| *other == law);
        weights.sort_by_key(|(law, _)| position(*law));
        Ok(Self(weights))
    }
    fn write(&self) -> Option<String> {
        if let [(law, _)] = self.0[..] {
            return Some(format!("\"{}\"", law.name()));
        }
        let parts = self.0.iter().map(|(law, weight)| format!("{} = {weight:?}", law.name()));
        Some(format!("{{ {} }}", parts.collect::<Vec<_>>().join(", ")))
    }
}

/// Declares the laws of a factor: the choice, and the tables of those that a study holds.
///
/// The table of a law may be missing where no `model` names it; where it stands, all of it is read.
macro_rules! laws {
    (
        $(#[doc = $of_choice:literal])+
        $vis:vis enum $Choice:ident;
        $(#[doc = $of_tables:literal])+
        $vis2:vis struct $Tables:ident;
        $( $(#[doc = $doc:literal])+ $Law:ident: $field:ident, )+
    ) => {
        $(#[doc = $of_choice])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        $vis enum $Choice {
            $( $(#[doc = $doc])+ $Law, )+
        }

        impl $crate::input::models::Choice for $Choice {
            const ALL: &'static [Self] = &[$( Self::$Law ),+];
            fn name(self) -> &'static str {
                match self { $( Self::$Law => stringify!($field), )+ }
            }
        }

        $(#[doc = $of_tables])+
        #[derive(Debug, Clone, Default, PartialEq)]
        $vis2 struct $Tables {
            $( $(#[doc = $doc])+ pub $field: Option<$Law>, )+
        }

        impl $Tables {
            /// The keys of every law, in order.
            pub(crate) fn keys() -> Vec<&'static $crate::input::key::Key> {
                let tables = [$( $Law::KEYS ),+];
                tables.into_iter().flatten().collect()
            }
            pub(crate) fn read(
                reader: &mut $crate::input::reader::Reader<'_>,
                models: &$crate::input::models::Models<$Choice>,
            ) -> Self {
                let mut tables = Self::default();
                $(
                    let stands = $Law::KEYS.iter().any(|key| reader.entry(key).is_some());
                    if stands || models.contains($Choice::$Law) {
                        tables.$field = Some($Law::read(reader));
                    }
                )+
                tables
            }
            pub(crate) fn write(&self, written: &mut Vec<(String, String)>) {
                $( if let Some(law) = &self.$field { law.write(written); } )+
            }
            /// A number by its dotted key; `None` if there is none.
            pub(crate) fn number_mut(&mut self, dotted: &str) -> Option<&mut f64> {
                $( if let Some(number) = self.$field.as_mut().and_then(|law| law.number_mut(dotted)) {
                    return Some(number);
                } )+
                None
            }
        }
    };
}
pub(crate) use laws;

#[cfg(test)]
mod tests {
    use super::super::btc_price::BtcPriceModel;
    use super::super::range::above;
    use super::*;

    const KIND: Kind = Kind::Models(above(0.0, 1.0, "of the groups of paths"));

    fn read(parts: &[(&str, f64)]) -> Result<Models<BtcPriceModel>, Wrong> {
        let item = |(name, weight): &(&str, f64)| (name.to_string(), Item::Number(*weight));
        Models::read(&Item::Table(parts.iter().map(item).collect()), &KIND)
    }

    #[test]
    fn one_name_is_a_weight_of_one() {
        let models = Models::read(&Item::Text("kou".into()), &KIND).unwrap();
        assert_eq!(models, Models::one(BtcPriceModel::Kou));
        assert_eq!(models.write().unwrap(), "\"kou\"");
    }

    #[test]
    fn weights_stand_in_the_order_of_the_laws_and_sum_to_one() {
        let models = read(&[("kou", 0.25), ("gbm", 0.75)]).unwrap();
        assert_eq!(models.write().unwrap(), "{ gbm = 0.75, kou = 0.25 }");
        let wrong = read(&[("kou", 0.25), ("gbm", 0.7)]).unwrap_err();
        assert!(wrong.what.contains("0.95"), "{}", wrong.what);
        assert!(read(&[("kou", 0.0), ("gbm", 1.0)]).is_err());
        assert!(read(&[]).is_err());
    }

    #[test]
    fn an_unknown_model_is_refused_with_the_one_that_was_meant() {
        let wrong = read(&[("mertn", 1.0)]).unwrap_err();
        assert!(wrong.help.unwrap().contains("merton"));
    }
}
