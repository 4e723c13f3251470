//! What a diversion of a sector's size does to its own markets, month by month on every path.
//!
//! In: the hashrate that a share withdraws and the AI compute that it adds in a month, the network and
//! the size of the AI market. Out: what that changes of the month's revenue. Not here: the markets as
//! they are without it, which every share has in common.
//!
//! Difficulty follows hashrate at the next retarget, so that what is mined is shared by fewer: with a
//! part w of the network's hashrate withdrawn and a part r of that brought back by others, those who stay
//! mine 1 / (1 − (w − r)) times as much. What comes back follows what is withdrawn with an exponential
//! lag. Prices of AI compute fall with supply at a constant elasticity: (1 + added / market)^−slope, for
//! what is let at the market's price; rents that are signed stay. What stands on the as-of date is in the
//! markets as they are. Left out: the fortnight until a
//! retarget, machines that a better hashprice would switch on, and the answer of price and investment.
//! Source: the retarget is consensus; free entry, J. Prat, B. Walter, J. Political Economy 129 (2021) 2415.

use super::metric::{Metric, OPERATING};
use crate::input::study::Study;
use crate::tile::kernel::kernel;
use crate::tile::{Build, LANES, Row, math};
use crate::time::DAYS_PER_YEAR;
use std::ops::Range;

/// How a sector's markets answer.
#[derive(Debug, Clone)]
pub struct SectorResponse {
    refill_per_day: f64,
    market_mw: f64,
    market_growth_per_year: f64,
    rent_slope: f64,
    gpu_rate_slope: f64,
    colocation_cost_share: f64,
    gpu_cloud_cost_share: f64,
}

/// What a share's diversion changes of a window's money, USD, by lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    mining: Row,
    colocation: Row,
    gpu_cloud: Row,
    operating_cost: Row,
}

impl Response {
    /// Nothing.
    pub const NONE: Self = Self {
        mining: [0.0; LANES],
        colocation: [0.0; LANES],
        gpu_cloud: [0.0; LANES],
        operating_cost: [0.0; LANES],
    };
}

/// What a share does to the markets in a month, means over its days, by lane.
#[derive(Debug)]
pub struct Diverted<'a> {
    /// Hashrate that no longer mines, EH/s.
    pub withdrawn_eh_per_s: &'a Row,
    /// AI compute in use, critical-IT MW.
    pub critical_it_mw: &'a Row,
    /// The network's hashrate without the diversion, EH/s.
    pub network_eh_per_s: &'a Row,
    /// Rent of the month that is let at the market's, USD.
    pub rent_at_market_usd: &'a Row,
    /// Part of the withdrawn hashrate that comes back in the end.
    pub refilled_share: &'a Row,
}

/// The most of a network that a withdrawal counts as: what is left mines no more than ten times as much.
const WITHDRAWN_MAX: f64 = 0.9;

impl SectorResponse {
    /// The response of a study; `None` where markets do not answer.
    pub fn new(study: &Study) -> Option<Self> {
        let sector = study.sector.as_ref()?;
        let days = sector.refill_delay_months * DAYS_PER_YEAR / 12.0;
        Some(Self {
            refill_per_day: if days > 0.0 { 1.0 / days } else { f64::INFINITY },
            market_mw: sector.ai_market_critical_it_mw,
            market_growth_per_year: sector.ai_market_growth_per_year,
            rent_slope: sector.rent_slope,
            gpu_rate_slope: sector.gpu_rate_slope,
            colocation_cost_share: study.colocation.operating_cost_share_of_revenue,
            gpu_cloud_cost_share: study.gpu_cloud.operating_cost_share_of_revenue,
        })
    }

    /// The month's response to a share: `refilled` is the hashrate that others have brought back, EH/s.
    pub fn respond(
        &self,
        build: Build,
        days: &Range<usize>,
        diverted: &Diverted<'_>,
        operating: &[Row; OPERATING],
        refilled: &mut Row,
    ) -> Response {
        let years = 0.5 * (days.start + days.end) as f64 / DAYS_PER_YEAR;
        let market_mw = self.market_mw * math::exp(self.market_growth_per_year * years);
        let terms = [
            -math::exp(-self.refill_per_day * days.len() as f64) + 1.0,
            1.0 / market_mw,
            self.rent_slope,
            self.gpu_rate_slope,
            self.colocation_cost_share,
            self.gpu_cloud_cost_share,
        ];
        let mut response = Response::NONE;
        respond(build, terms, diverted, operating, refilled, &mut response);
        response
    }
}

kernel! {
    /// A month's response, the terms as [refilled of what is to be, 1 / market MW, slope of rents, of GPU
    /// rates, operating cost of rents, of GPU hours].
    fn respond(
        terms: [f64; 6],
        diverted: &Diverted<'_>,
        operating: &[Row; OPERATING],
        refilled: &mut Row,
        response: &mut Response,
    ) {
        let [refills, per_mw, rent_slope, gpu_rate_slope, rent_cost, gpu_cost] = terms;
        for i in 0..LANES {
            let withdrawn = diverted.withdrawn_eh_per_s[i];
            let back = diverted.refilled_share[i] * withdrawn;
            refilled[i] = refills.mul_add(back - refilled[i], refilled[i]);
            let missing = (withdrawn - refilled[i]) / diverted.network_eh_per_s[i];
            let more = 1.0 / (1.0 - math::min(missing, WITHDRAWN_MAX)) - 1.0;
            response.mining[i] = more * operating[Metric::RevenueMining as usize][i];
            let supply = math::ln(1.0 + per_mw * diverted.critical_it_mw[i]);
            let rent = math::exp(-rent_slope * supply) - 1.0;
            let rate = math::exp(-gpu_rate_slope * supply) - 1.0;
            let colocation = rent * diverted.rent_at_market_usd[i];
            let gpu_cloud = rate * operating[Metric::RevenueGpuCloud as usize][i];
            response.colocation[i] = colocation;
            response.gpu_cloud[i] = gpu_cloud;
            response.operating_cost[i] = rent_cost * colocation + gpu_cost * gpu_cloud;
        }
    }
}

kernel! {
    /// Adds what another window's response is.
    pub fn add_response(other: &Response, sum: &mut Response) {
        for i in 0..LANES {
            sum.mining[i] += other.mining[i];
            sum.colocation[i] += other.colocation[i];
            sum.gpu_cloud[i] += other.gpu_cloud[i];
            sum.operating_cost[i] += other.operating_cost[i];
        }
    }
}

kernel! {
    /// Puts a response into the metrics that it changes; gains are counted from that to share 0.
    pub fn apply(response: &Response, stay: &Response, metrics: &mut [Row; OPERATING]) {
        for i in 0..LANES {
            let ai = response.colocation[i] + response.gpu_cloud[i];
            let revenue = response.mining[i] + ai;
            let margin = revenue - response.operating_cost[i];
            metrics[Metric::Revenue as usize][i] += revenue;
            metrics[Metric::RevenueMining as usize][i] += response.mining[i];
            metrics[Metric::RevenueColocation as usize][i] += response.colocation[i];
            metrics[Metric::RevenueGpuCloud as usize][i] += response.gpu_cloud[i];
            metrics[Metric::RevenueAi as usize][i] += ai;
            metrics[Metric::OperatingCost as usize][i] += response.operating_cost[i];
            metrics[Metric::GrossMargin as usize][i] += margin;
            metrics[Metric::MarginAfterCapital as usize][i] += margin;
            let stays = stay.mining[i] + stay.colocation[i] + stay.gpu_cloud[i];
            metrics[Metric::RevenueGain as usize][i] += revenue - stays;
            metrics[Metric::MarginAfterCapitalGain as usize][i] +=
                margin - (stays - stay.operating_cost[i]);
        }
    }
}
