//! Speed of the engine's parts, in their natural units.
//!
//! `cargo bench` measures; nothing here asserts. Throughput is printed in path-steps: one path
//! moved by one day in every factor. Compare by ratio within one run of one machine.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wattshift::chance::{Chance, Stream};
use wattshift::economics::metric::{Driver, Metric};
use wattshift::input::study::{PoolScheme, Study};
use wattshift::model::btc_price::GeometricBrownianMotion;
use wattshift::model::fees::MeanRevertingFees;
use wattshift::model::network::RespondingNetwork;
use wattshift::model::power_price::SeasonalPowerPrice;
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

/// One law alone over one tile of the default study, per path-step.
fn laws(criterion: &mut Criterion) {
    let study = Study::default_study();
    let grid =
        TimeGrid::new(study.as_of, study.target_year).expect("the default calendar is valid");
    let chance = Chance::new(study.seed, 0, Build::fastest());
    let mut scores = vec![[0.0_f32; LANES]; Factor::SCORED.len() * grid.steps()];
    for (rows, factor) in scores.chunks_mut(grid.steps()).zip(Factor::SCORED) {
        chance.scores(Stream::new("score", factor.name()), rows);
    }
    let mut calm = study.fees.clone();
    calm.spikes_per_year = 0.0;
    let mut lucky = study.network.clone();
    lucky.block_luck = true;
    let mut mining = study.mining.clone();
    mining.pool_scheme = PoolScheme::Pplns;
    let laws: [(&str, Box<dyn Process>); 7] = [
        ("btc_price", Box::new(GeometricBrownianMotion::new(&study.btc_price))),
        ("fees_without_spikes", Box::new(MeanRevertingFees::new(&calm, &study.network))),
        ("fees", Box::new(MeanRevertingFees::new(&study.fees, &study.network))),
        ("network", Box::new(RespondingNetwork::new(&study.network, &study.mining))),
        ("network_with_luck", Box::new(RespondingNetwork::new(&lucky, &study.mining))),
        ("network_with_pool_luck", Box::new(RespondingNetwork::new(&study.network, &mining))),
        ("power_price", Box::new(SeasonalPowerPrice::new(&study.power_price))),
    ];
    let mut tile = Tile::new(grid.steps());
    let mut group = criterion.benchmark_group("law");
    group.throughput(Throughput::Elements((grid.steps() * LANES) as u64));
    for (name, law) in &laws {
        group.bench_function(*name, |b| {
            b.iter(|| {
                let shocks = Shocks::new(&scores, grid.steps(), chance);
                law.evolve(Build::fastest(), &grid, shocks, black_box(&mut tile));
            });
        });
    }
    group.finish();
}

criterion_group!(benches, scores, tile, laws, paths);
criterion_main!(benches);
