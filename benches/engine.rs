//! Speed of the engine's parts, in their natural units.
//!
//! `cargo bench` measures; nothing here asserts. Throughput is printed in path-steps: one path
//! moved by one day in every factor. Compare by ratio within one run of one machine.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wattshift::chance::{Chance, Stream};
use wattshift::dependence::Dependence;
use wattshift::dependence::by_regime::Spell;
use wattshift::dependence::gaussian::GaussianDependence;
use wattshift::dependence::student_t::SlowMixing;
use wattshift::economics::metric::{Driver, Metric};
use wattshift::input::study::{
    BtcPriceLaws, BtcPriceModel, Choice, Gbm, Heston, Kou, Merton, Models, Study, Svcj,
};
use wattshift::model::btc_price::BtcPriceProcess;
use wattshift::model::mixing::MixingVariable;
use wattshift::model::{Process, Shocks};
use wattshift::study::paths::{Unwatched, value_paths};
use wattshift::study::world::World;
use wattshift::tile::{Build, Factor, LANES, Tile};
use wattshift::time::TimeGrid;

fn world(study: &Study) -> World {
    World::new(study, Build::fastest()).expect("the embedded study can be wired")
}

/// Standard normal scores, per score.
fn scores(criterion: &mut Criterion) {
    let mut rows = vec![[0.0_f32; LANES]; 512];
    let stream = Stream::new("bench", "scores");
    let mut group = criterion.benchmark_group("scores");
    group.throughput(Throughput::Elements((rows.len() * LANES) as u64));
    group.bench_function("fill", |b| {
        let chance = Chance::new(1, 0, Build::fastest());
        b.iter(|| chance.scores(stream, black_box(&mut rows)));
    });
    group.finish();
}

/// All factors coupled for 512 days, per score: as they are, with a slow mixing variable, and by two
/// matrices with a switch of some lane every six days.
fn couple(criterion: &mut Criterion) {
    const STEPS: usize = 512;
    let study = Study::default_study();
    let n = study.correlation.nrows();
    let names = vec!["factor"; n];
    let gaussian = || GaussianDependence::new(&study.correlation, &names).expect("it is valid");
    let none = Dependence { usual: gaussian(), stressed: None, mixing: None };
    let student_t = Dependence { mixing: Some(SlowMixing::new(4.0)), ..none.clone() };
    let glut = Dependence { stressed: Some(gaussian()), ..none.clone() };
    let spells: Vec<Spell> = (0..STEPS)
        .step_by(6)
        .map(|first_step| Spell {
            first_step,
            is_stressed: std::array::from_fn(|lane| first_step > 6 * lane),
        })
        .collect();
    let (chance, mixing) = (Chance::new(1, 0, Build::fastest()), MixingVariable::new(4.0));
    let mut scores = vec![[0.0_f32; LANES]; n * STEPS];
    let mut group = criterion.benchmark_group("couple");
    group.throughput(Throughput::Elements((scores.len() * LANES) as u64));
    for (name, dependence) in [("gaussian", none), ("student_t", student_t), ("glut", glut)] {
        group.bench_function(name, |b| {
            b.iter(|| {
                // Coupled scores grow no further: they are drawn again each time.
                for (rows, name) in scores.chunks_mut(STEPS).zip(&names) {
                    chance.scores(Stream::new("bench", name), rows);
                }
                let chi_square = mixing.draw(&chance);
                dependence.couple(Build::fastest(), STEPS, &spells, &chi_square, &mut scores);
            });
        });
    }
    group.finish();
}

/// One tile of the default study: simulated, and simulated and valued for 21 shares.
fn tile(criterion: &mut Criterion) {
    let study = Study::default_study();
    let world = world(&study);
    let mut room = world.make_room();
    let mut outcomes = ndarray::Array3::zeros((Metric::ALL.len(), study.shares.len(), LANES));
    let mut drivers = ndarray::Array2::zeros((Driver::ALL.len(), LANES));
    let mut group = criterion.benchmark_group("tile");
    group.throughput(Throughput::Elements((world.grid.steps() * LANES) as u64));
    group.bench_function("simulate", |b| {
        b.iter(|| black_box(world.simulate(0, &mut room)));
    });
    group.bench_function("simulate_and_value", |b| {
        b.iter(|| world.value(0, &mut room, outcomes.view_mut(), drivers.view_mut()));
    });
    group.finish();
}

/// Paths of the default study over all threads.
fn paths(criterion: &mut Criterion) {
    const PATHS: u64 = 16_384;
    let study = Study::default_study();
    let world = world(&study);
    let mut group = criterion.benchmark_group("paths");
    group.sample_size(10);
    group.throughput(Throughput::Elements(PATHS * world.grid.steps() as u64));
    group.bench_function("value_paths", |b| {
        b.iter(|| value_paths(&world, 0..PATHS, &Unwatched).expect("nobody interrupts"));
    });
    group.finish();
}

/// One tile of the BTC price by each law: 519 days, the scores of the price and the law's own draws.
fn btc_price(criterion: &mut Criterion) {
    let mut study = Study::default_study();
    let grid = TimeGrid::new(study.as_of, study.target_year).expect("a calendar that is embedded");
    let build = Build::fastest();
    let chance = Chance::new(1, 0, build);
    let stream = Stream::new("score", Factor::BtcPrice.name());
    let start = Factor::BtcPrice.score() * grid.steps();
    let mut scores = vec![[0.0; LANES]; Factor::SCORED.len() * grid.steps()];
    let mut tile = Tile::new(grid.steps());
    let mut group = criterion.benchmark_group("btc_price");
    group.throughput(Throughput::Elements((grid.steps() * LANES) as u64));
    for (model, laws) in btc_price_laws() {
        study.btc_price.model = Models::one(model);
        study.btc_price_laws = laws;
        let price = BtcPriceProcess::of(&study, &grid).expect("a law that needs no history");
        group.bench_function(model.name(), |b| {
            b.iter(|| {
                chance.scores(stream, &mut scores[start..start + grid.steps()]);
                let shocks = Shocks::new(&scores, grid.steps(), chance);
                price.evolve(build, &grid, shocks, black_box(&mut tile));
            });
        });
    }
    group.finish();
}

/// The laws that need no history, with the typical values of the manual.
fn btc_price_laws() -> [(BtcPriceModel, BtcPriceLaws); 5] {
    let gbm = Gbm { volatility_per_sqrt_year: 0.5 };
    let merton = Merton {
        volatility_per_sqrt_year: 0.45,
        jumps_per_year: 4.0,
        jump_log_mean: -0.02,
        jump_log_sd: 0.1,
    };
    let kou = Kou {
        volatility_per_sqrt_year: 0.45,
        jumps_per_year: 4.0,
        jump_up_probability: 0.5,
        jump_up_log_mean: 0.07,
        jump_down_log_mean: 0.08,
    };
    let heston = Heston {
        start_variance_per_year: 0.22,
        long_run_variance_per_year: 0.25,
        reversion_per_year: 5.0,
        variance_volatility_per_sqrt_year: 1.0,
        correlation: -0.3,
    };
    let svcj = Svcj {
        start_variance_per_year: 0.22,
        long_run_variance_per_year: 0.1082,
        reversion_per_year: 13.377,
        variance_volatility_per_sqrt_year: 0.94,
        correlation: -0.425,
        jumps_per_year: 1.288,
        jump_log_mean: -0.0676,
        jump_log_sd: 0.1576,
        jump_log_per_variance: -0.0303,
        variance_jump_mean: 0.7375,
    };
    let none = BtcPriceLaws::default;
    [
        (BtcPriceModel::Gbm, BtcPriceLaws { gbm: Some(gbm), ..none() }),
        (BtcPriceModel::Merton, BtcPriceLaws { merton: Some(merton), ..none() }),
        (BtcPriceModel::Kou, BtcPriceLaws { kou: Some(kou), ..none() }),
        (BtcPriceModel::Heston, BtcPriceLaws { heston: Some(heston), ..none() }),
        (BtcPriceModel::Svcj, BtcPriceLaws { svcj: Some(svcj), ..none() }),
    ]
}

criterion_group!(benches, scores, couple, tile, btc_price, paths);
criterion_main!(benches);
