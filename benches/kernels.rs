//! Speed of the elementary kernels and of the generator, per element, beside the standard library and
//! `rand_distr`.
//!
//! `cargo bench --bench kernels` measures; nothing here asserts. One core, 4,096 numbers in cache.

// What is compared with.
#![allow(clippy::disallowed_methods)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rand_distr::{Distribution, StandardNormal};
use std::hint::black_box;
use wattshift::chance::philox::{self, Philox};
use wattshift::chance::{Chance, Stream};
use wattshift::tile::{Build, LANES, math, normal};

const ELEMENTS: usize = 64 * LANES;

/// A kernel of one elementary function.
macro_rules! elementwise {
    ($name:ident, $function:path) => {
        wattshift::kernel! {
            fn $name(x: &[f64], y: &mut [f64]) {
                for (x, y) in x.iter().zip(y.iter_mut()) {
                    *y = $function(*x);
                }
            }
        }
    };
}
elementwise!(exp, math::exp);
elementwise!(ln, math::ln);
elementwise!(cdf, normal::cdf);
elementwise!(quantile, normal::quantile);

/// Elementary functions in each build that the machine has, and the standard library's.
fn functions(criterion: &mut Criterion) {
    type Kernel = fn(Build, &[f64], &mut [f64]);
    let normals: Vec<f64> = {
        let mut rows = vec![[0.0_f32; LANES]; ELEMENTS / LANES];
        Chance::new(1, 0, Build::fastest()).scores(Stream::new("bench", "kernels"), &mut rows);
        rows.iter().flatten().map(|z| f64::from(*z)).collect()
    };
    let positive: Vec<f64> = normals.iter().map(|z| z.exp()).collect();
    let probabilities: Vec<f64> = normals.iter().map(|z| normal::cdf(*z)).collect();
    let kernels: [(&str, Kernel, &[f64]); 4] = [
        ("exp", exp, &normals),
        ("ln", ln, &positive),
        ("normal_cdf", cdf, &normals),
        ("normal_quantile", quantile, &probabilities),
    ];
    let mut y = vec![0.0; ELEMENTS];
    for (name, kernel, x) in kernels {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(ELEMENTS as u64));
        for build in Build::available() {
            group.bench_function(format!("{build:?}"), |b| {
                b.iter(|| kernel(build, black_box(x), &mut y));
            });
        }
        let std: Option<fn(f64) -> f64> = match name {
            "exp" => Some(f64::exp),
            "ln" => Some(f64::ln),
            _ => None,
        };
        if let Some(std) = std {
            group.bench_function("std", |b| {
                b.iter(|| {
                    for (x, y) in black_box(x).iter().zip(&mut y) {
                        *y = std(*x);
                    }
                });
            });
        }
        group.finish();
    }
}

wattshift::kernel! {
    /// Words of the generator, a block of four per draw and lane.
    fn words(seed: u64, stream: u32, first_path: u64, rows: &mut [[[u32; LANES]; 4]]) {
        for (draw, rows) in rows.iter_mut().enumerate() {
            for i in 0..LANES {
                let block = philox::block(seed, stream, first_path + i as u64, draw as u32);
                for k in 0..4 {
                    rows[k][i] = block[k];
                }
            }
        }
    }
}

/// The generator alone, in each build: words, one of which makes a score, and uniforms of two words.
fn generator(criterion: &mut Criterion) {
    let stream = Stream::new("bench", "generator");
    let mut rows = vec![[[0_u32; LANES]; 4]; ELEMENTS / LANES / 4];
    let mut group = criterion.benchmark_group("philox_words");
    group.throughput(Throughput::Elements(ELEMENTS as u64));
    for build in Build::available() {
        group.bench_function(format!("{build:?}"), |b| {
            // A counter that the compiler knows would save it a part of the first round.
            let (seed, stream, first_path) = black_box((1, stream.id(), 0));
            b.iter(|| words(build, seed, stream, first_path, black_box(&mut rows)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("philox_uniforms");
    group.throughput(Throughput::Elements(ELEMENTS as u64));
    for build in Build::available() {
        let chance = Chance::new(1, 0, build);
        group.bench_function(format!("{build:?}"), |b| {
            b.iter(|| {
                for draw in 0..(ELEMENTS / LANES / 2) as u32 {
                    black_box(chance.uniform_pairs(stream, draw));
                }
            });
        });
    }
    group.finish();
}

/// Standard normal scores in each build, and by `rand_distr` from the same generator.
fn scores(criterion: &mut Criterion) {
    let mut rows = vec![[0.0_f32; LANES]; ELEMENTS / LANES];
    let stream = Stream::new("bench", "scores");
    let mut group = criterion.benchmark_group("scores");
    group.throughput(Throughput::Elements(ELEMENTS as u64));
    for build in Build::available() {
        let chance = Chance::new(1, 0, build);
        group.bench_function(format!("{build:?}"), |b| {
            b.iter(|| chance.scores(stream, black_box(&mut rows)));
        });
    }
    let mut generator = Philox::new(1, stream);
    group.bench_function("rand_distr", |b| {
        b.iter(|| {
            for score in rows.iter_mut().flatten() {
                *score = StandardNormal.sample(&mut generator);
            }
            black_box(&mut rows);
        });
    });
    group.finish();
}

criterion_group!(benches, functions, generator, scores);
criterion_main!(benches);
