//! Speed of the laws of motion, each on a whole tile of the default calendar, per path-step.
//!
//! `cargo bench --bench laws` measures; nothing here asserts. A law's cost includes the draws of its own
//! (events, regimes), not the scores that every scored factor has. Compare by ratio within one run.

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use wattshift::chance::{Chance, Stream};
use wattshift::input::study::{
    AiMarket, AiMarketModel, BtcPriceModel, Choice, Fees, Mining, Models, Network, PoolScheme,
    Study,
};
use wattshift::model::ai_market::AiMarketProcess;
use wattshift::model::btc_price::BtcPriceProcess;
use wattshift::model::fees::MeanRevertingFees;
use wattshift::model::network::RespondingNetwork;
use wattshift::model::power_price::SeasonalPowerPrice;
use wattshift::model::{Process, Shocks};
use wattshift::tile::{Build, Factor, LANES, Tile};
use wattshift::time::TimeGrid;

/// A tile whose scores are drawn, on the calendar of the default study.
struct Bench {
    study: Study,
    grid: TimeGrid,
    scores: Vec<[f32; LANES]>,
    chance: Chance,
}

impl Bench {
    fn new() -> Self {
        let study = Study::default_study();
        let grid = TimeGrid::new(study.as_of, study.target_year).expect("the default has a year");
        let chance = Chance::new(1, 0, Build::fastest());
        let mut scores = vec![[0.0; LANES]; Factor::SCORED.len() * grid.steps()];
        for (rows, factor) in scores.chunks_mut(grid.steps()).zip(Factor::SCORED) {
            chance.scores(Stream::new("score", factor.name()), rows);
        }
        Self { study, grid, scores, chance }
    }
    fn law(&self, group: &mut BenchmarkGroup<'_, WallTime>, name: &str, law: &dyn Process) {
        let mut tile = Tile::new(self.grid.steps());
        group.throughput(Throughput::Elements((self.grid.steps() * LANES) as u64));
        group.bench_function(name, |b| {
            b.iter(|| {
                let shocks = Shocks::new(&self.scores, self.grid.steps(), self.chance);
                law.evolve(Build::fastest(), &self.grid, shocks, &mut tile);
            });
        });
    }
}

/// The BTC price by each law; the bootstrap resamples five years of daily closes.
fn btc_price(criterion: &mut Criterion) {
    let mut bench = Bench::new();
    let as_of = bench.study.as_of;
    let history = bench.study.histories.btc_price.as_mut().expect("the default study has one");
    let day = |k: i32| as_of.saturating_sub(jiff::Span::new().days(1_824 - k));
    history.days = (0..1_825).map(day).collect();
    history.values = (0..1_825).map(|k| 5e4 + f64::from(k * 7_919 % 2_003)).collect();
    let mut group = criterion.benchmark_group("btc_price");
    for model in BtcPriceModel::ALL {
        bench.study.btc_price.model = Models::one(*model);
        let law = BtcPriceProcess::of(&bench.study, &bench.grid).expect("the history is daily");
        bench.law(&mut group, model.name(), &law);
    }
    // As many jumps as fits to daily closes find.
    bench.study.btc_price.model = Models::one(BtcPriceModel::Svcj);
    let svcj = bench.study.btc_price_laws.svcj.as_mut().expect("the default study has it");
    svcj.jumps_per_year = 27.0;
    svcj.variance_jump_mean = 0.135;
    let law = BtcPriceProcess::of(&bench.study, &bench.grid).expect("no history is asked for");
    bench.law(&mut group, "svcj_27_jumps", &law);
    group.finish();
}

/// Fees, network and power price, each with and without what is rare or optional.
fn others(criterion: &mut Criterion) {
    let bench = Bench::new();
    let Study { fees, network, mining, power_price, .. } = &bench.study;
    let mut group = criterion.benchmark_group("others");
    let calm = Fees { spikes_per_year: 0.0, ..fees.clone() };
    bench.law(&mut group, "fees_without_spikes", &MeanRevertingFees::new(&calm, network));
    bench.law(&mut group, "fees", &MeanRevertingFees::new(fees, network));
    bench.law(&mut group, "network", &RespondingNetwork::new(network, mining, None));
    let lucky = Network { block_luck: true, ..network.clone() };
    bench.law(&mut group, "network_with_luck", &RespondingNetwork::new(&lucky, mining, None));
    let pooled = Mining { pool_scheme: PoolScheme::Pplns, ..mining.clone() };
    bench.law(
        &mut group,
        "network_with_pool_luck",
        &RespondingNetwork::new(network, &pooled, None),
    );
    bench.law(&mut group, "power_price", &SeasonalPowerPrice::new(power_price, &bench.grid));
    group.finish();
}

/// The AI market by each law of tightness, and with jumps of the GPU rate.
fn ai_market(criterion: &mut Criterion) {
    let bench = Bench::new();
    let mut group = criterion.benchmark_group("ai_market");
    let base = &bench.study.ai_market;
    let of = |market: AiMarket| {
        AiMarketProcess::new(&market, &bench.study.ai_market_laws, None, &bench.grid)
    };
    for (name, model) in
        [("two_regime", AiMarketModel::TwoRegime), ("supply_lag", AiMarketModel::SupplyLag)]
    {
        let market = AiMarket { model: Models::one(model), ..base.clone() };
        bench.law(&mut group, name, &of(market));
    }
    let jumps = AiMarket { gpu_rate_jumps_per_year: 2.0, ..base.clone() };
    bench.law(&mut group, "two_regime_with_jumps", &of(jumps));
    group.finish();
}

criterion_group!(benches, btc_price, others, ai_market);
criterion_main!(benches);
