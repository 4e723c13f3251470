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
use wattshift::economics::metric::Driver;
use wattshift::input::study::Study;
use wattshift::model::mixing::MixingVariable;
use wattshift::study::paths::{Unwatched, value_paths};
use wattshift::study::world::World;
use wattshift::tile::{Build, LANES};

fn world(study: &Study) -> World {
    World::new(study, Build::fastest()).expect("the embedded study can be wired")
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
                dependence.couple(
                    Build::fastest(),
                    (STEPS, STEPS),
                    &spells,
                    &chi_square,
                    &mut scores,
                );
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
    let mut outcomes = ndarray::Array3::zeros((world.metrics.len(), study.shares.len(), LANES));
    let mut drivers = ndarray::Array2::zeros((Driver::ALL.len(), LANES));
    // Without a claim there are no steps from it.
    let mut steps = ndarray::Array2::zeros((0, LANES));
    let mut group = criterion.benchmark_group("tile");
    group.throughput(Throughput::Elements((world.grid.steps() * LANES) as u64));
    group.bench_function("simulate", |b| {
        b.iter(|| black_box(world.simulate(0, &mut room)));
    });
    group.bench_function("simulate_and_value", |b| {
        b.iter(|| {
            let views = (outcomes.view_mut(), drivers.view_mut(), steps.view_mut());
            world.value(0, &mut room, views.0, views.1, views.2);
        });
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

criterion_group!(benches, couple, tile, paths);
criterion_main!(benches);
