//! Speed of the risk side, per share and path: what is said of a column once paths are valued.
//!
//! `cargo bench --bench risk` measures; nothing here asserts. One core. Selection stands beside the
//! full sort that it does without.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wattshift::chance::{Chance, Stream};
use wattshift::economics::metric::Metric;
use wattshift::risk::{Distribution, Level, RiskMeasure};
use wattshift::study::columns;
use wattshift::tile::{Build, LANES, math};

const PATHS: usize = 1 << 17;

/// All measures of a column with their errors, its levels alone, and a sort.
fn column(criterion: &mut Criterion) {
    let mut rows = vec![[0.0_f32; LANES]; PATHS / LANES];
    Chance::new(1, 0, Build::fastest()).scores(Stream::new("bench", "risk"), &mut rows);
    let usd = |z: &f32| 1e8 * math::exp(0.2 * f64::from(*z));
    let column: Vec<f64> = rows.iter().flatten().map(usd).collect();
    let measures = columns::measures(Metric::Revenue);
    let levels = Level::of(&measures);
    let mut group = criterion.benchmark_group("column");
    group.throughput(Throughput::Elements(PATHS as u64));
    group.sample_size(20);
    group.bench_function("measures_with_errors", |b| {
        b.iter(|| {
            let law = Distribution::of(black_box(&column), &levels);
            let mean = RiskMeasure::Mean.replicated(&law, None);
            measures.iter().for_each(|measure| {
                black_box(measure.estimate(&law, Some(&mean)));
            });
        });
    });
    group.bench_function("moments_with_errors", |b| {
        b.iter(|| black_box(Distribution::of(black_box(&column), &[])));
    });
    group.bench_function("sort", |b| {
        let sort = |mut values: Vec<f64>| {
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        b.iter_batched(|| column.clone(), sort, BatchSize::LargeInput);
    });
    group.finish();
}

criterion_group!(benches, column);
criterion_main!(benches);
