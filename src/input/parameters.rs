//! The parameters of the markets apart from the rest of a study, so that they can be drawn anew.
//!
//! In: a study. Out: its tables of laws, in which single numbers can be set by their dotted keys. Not
//! here: what they are set to.

use super::study::{
    AiMarket, AiMarketLaws, BtcPrice, BtcPriceLaws, Fees, Network, PowerPrice, Study,
};

/// The tables of a study that the laws of motion are made of.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketParameters {
    /// BTC price.
    pub btc_price: BtcPrice,
    /// The laws that it may follow.
    pub btc_price_laws: BtcPriceLaws,
    /// Transaction fees.
    pub fees: Fees,
    /// Network hashrate and difficulty.
    pub network: Network,
    /// AI compute market.
    pub ai_market: AiMarket,
    /// The laws that its tightness may follow.
    pub ai_market_laws: AiMarketLaws,
    /// Power price at the hub.
    pub power_price: PowerPrice,
}

impl Study {
    /// The parameters of its markets.
    pub fn market_parameters(&self) -> MarketParameters {
        MarketParameters {
            btc_price: self.btc_price.clone(),
            btc_price_laws: self.btc_price_laws.clone(),
            fees: self.fees.clone(),
            network: self.network.clone(),
            ai_market: self.ai_market.clone(),
            ai_market_laws: self.ai_market_laws.clone(),
            power_price: self.power_price.clone(),
        }
    }
}

impl MarketParameters {
    /// A number by its dotted key, one of a list as `key[0]`; `None` if there is none.
    pub fn number_mut(&mut self, dotted: &str) -> Option<&mut f64> {
        match dotted.split('.').next()? {
            "btc_price" => {
                self.btc_price_laws.number_mut(dotted).or_else(|| self.btc_price.number_mut(dotted))
            }
            "fees" => self.fees.number_mut(dotted),
            "network" => self.network.number_mut(dotted),
            "power_price" => self.power_price.number_mut(dotted),
            "ai_market" => {
                self.ai_market_laws.number_mut(dotted).or_else(|| self.ai_market.number_mut(dotted))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::study::Volatility;
    use super::*;

    #[test]
    fn a_number_is_set_by_its_key_and_nothing_else_moves() {
        let study = Study::default_study();
        let mut parameters = study.market_parameters();
        for key in ["btc_price.gbm.volatility_per_sqrt_year", "network.growth_per_month"] {
            *parameters.number_mut(key).unwrap() = 0.3;
        }
        assert_eq!(parameters.network.growth_per_month, 0.3);
        let gbm = parameters.btc_price_laws.gbm.as_ref().unwrap();
        assert_eq!(gbm.volatility_per_sqrt_year, Volatility::Stated(0.3));
        parameters.network.growth_per_month = study.network.growth_per_month;
        parameters.btc_price_laws.gbm = study.btc_price_laws.gbm.clone();
        assert_eq!(parameters, study.market_parameters());
        let last = "btc_price.regimes.volatility_per_sqrt_year[2]";
        let stated = study.btc_price_laws.regimes.as_ref().unwrap().volatility_per_sqrt_year[2];
        assert_eq!(parameters.number_mut(last), Some(&mut stated.clone()));
        // Neither a date, nor a key of another part, nor one that there is none of.
        for key in [
            "network.epoch_start_date",
            "mining.uptime",
            "network.growth",
            "btc_price.regimes.volatility_per_sqrt_year[3]",
        ] {
            assert_eq!(parameters.number_mut(key), None, "{key}");
        }
    }
}
