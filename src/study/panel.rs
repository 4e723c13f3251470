//! Companies side by side: each row of a fleet as a company of its own, on the same market paths.
//!
//! In: a study whose fleet is companies. Out: every number of each company and share, and of all of them
//! together. Markets are shared, path by path; delays, costs of shells and tenants of open leases are each
//! company's own; a tenant who rents from several defaults on all of them. Not here: how they look.

use super::columns::{Columns, Tallies, Watched};
use super::models::Models;
use super::order::{Batch, Groups, Order, batch_groups};
use super::paths::{PathOutcomes, Progress, value_in_turn};
use super::rows;
use super::run::{Silent, refuse_few};
use super::settled;
use super::uncertain;
use super::undisclosed::Caps;
use super::world::World;
use crate::economics::metric::{Driver, Metric};
use crate::error::Error;
use crate::input::study::{ALL_COMPANIES, Study};
use crate::parallel::{self, Buffers};
use crate::report::SummaryRow;
use crate::report::results::{PanelCompany, PanelResults};
use crate::tile::{Build, PATHS_PER_GROUP};

/// A company, wired, and what its paths have told so far.
struct Company {
    study: Study,
    world: World,
    watched: Watched,
    first: PathOutcomes,
}

/// Runs every company of a study's fleet.
///
/// # Errors
/// Too few paths for an error, a fleet that cannot be taken apart, a study that cannot be wired, an
/// interruption.
pub fn panel(study: &Study, progress: &dyn Progress) -> Result<PanelResults, Error> {
    refuse_few(study.paths)?;
    let settled = settled::settle(study)?;
    let draws = uncertain::draws(&settled)?;
    let wired = settled.companies()?.into_iter().map(|study| {
        let world = World::with_draws(&study, Build::fastest(), &draws)?;
        let models = Models::new(world.market(), study.paths)?;
        let watched = Watched::new(&study, Metric::of(&study), models, Vec::new());
        let first = PathOutcomes::new(&world, PATHS_PER_GROUP as usize);
        Ok(Company { study, world, watched, first })
    });
    let mut companies = wired.collect::<Result<Vec<_>, Error>>()?;
    let mut firsts: Vec<PathOutcomes> =
        companies.iter().map(|company| company.first.clone()).collect();
    let rooms = Buffers::default();
    {
        let worlds: Vec<&World> = companies.iter().map(|company| &company.world).collect();
        value_in_turn(&worlds, &[0], PATHS_PER_GROUP, &Silent(progress), &rooms, &mut firsts)?;
    }
    for (company, first) in companies.iter_mut().zip(&firsts) {
        company.first = first.clone();
    }
    // All together: what operates adds up, and no balance sheet does.
    let models = Models::new(companies[0].world.market(), settled.paths)?;
    let watched_all = Watched::new(&settled, &Metric::OPERATING, models, Vec::new());
    let first_all = sum(&firsts);
    let mut told: Vec<Told> = companies
        .iter()
        .map(|company| Told::Open(company.watched.begin(&company.first)))
        .chain([Told::Open(watched_all.begin(&first_all))])
        .collect();
    let watched: Vec<(&Watched, &PathOutcomes)> = companies
        .iter()
        .map(|company| (&company.watched, &company.first))
        .chain([(&watched_all, &first_all)])
        .collect();
    let worlds: Vec<&World> = companies.iter().map(|company| &company.world).collect();
    let groups = Groups::new(settled.paths, Order::ByReplication);
    // Paths can be made again: whoever let go of a rank is fed once more.
    while told.iter().any(|told| matches!(told, Told::Open(_))) {
        for batch in groups.batches(0..groups.count(), batch_groups(parallel::threads())) {
            let paths = batch.paths(settled.paths);
            let tiles = batch.tiles(settled.paths);
            let mut values: Vec<PathOutcomes> =
                worlds.iter().map(|world| PathOutcomes::new(world, paths)).collect();
            value_in_turn(&worlds, &tiles, settled.paths, progress, &rooms, &mut values)?;
            values.push(sum(&values));
            feed(&mut told, &watched, &batch, &values);
        }
        told = told
            .into_iter()
            .zip(&watched)
            .map(|(told, (watched, first))| match told {
                Told::Open(tallies) => match tallies.finish(watched, first) {
                    Ok(found) => Told::Known(Box::new(found.columns())),
                    Err(again) => {
                        progress.expect_more(settled.paths * worlds.len() as u64);
                        Told::Open(*again)
                    }
                },
                known @ Told::Known(_) => known,
            })
            .collect();
    }
    let columns: Vec<Box<Columns>> = told
        .into_iter()
        .map(|told| match told {
            Told::Known(columns) => columns,
            Told::Open(_) => unreachable!("none is open any more"),
        })
        .collect();
    Ok(results(&settled, &companies, &columns))
}

/// What the paths of a company have told.
enum Told {
    Open(Tallies),
    Known(Box<Columns>),
}

fn feed(
    told: &mut [Told],
    watched: &[(&Watched, &PathOutcomes)],
    batch: &Batch,
    values: &[PathOutcomes],
) {
    for ((told, (watched, _)), values) in told.iter_mut().zip(watched).zip(values) {
        if let Told::Open(tallies) = told {
            tallies.feed(watched, batch, values);
        }
    }
}

/// The operating outcomes of all companies together; drivers are the market's.
fn sum(of: &[PathOutcomes]) -> PathOutcomes {
    let mut sum = of[0].clone();
    sum.outcomes.keep(Metric::OPERATING.len());
    for other in &of[1..] {
        sum.outcomes.add(&other.outcomes);
    }
    sum
}

fn results(study: &Study, companies: &[Company], columns: &[Box<Columns>]) -> PanelResults {
    let mut rows: Vec<SummaryRow> = Vec::new();
    let mut told = Vec::new();
    let mut effective = vec![0.0; study.shares.len()];
    let mut gross_mw = 0.0;
    // All together are capped where each is, and in part where any is.
    let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
    for (company, columns) in companies.iter().zip(columns) {
        let caps = Caps::new(&company.study, &company.world);
        let plan = &company.world.valuation.plan;
        for (sum, share) in effective.iter_mut().zip(&caps.effective_shares) {
            *sum += share * plan.gross_mw;
        }
        gross_mw += plan.gross_mw;
        (low, high) = (low.min(caps.low), high.max(caps.high));
        told.push(PanelCompany {
            name: company.study.company.clone(),
            gross_mw: plan.gross_mw,
            signed_mw: plan.committed_mw,
        });
        rows.extend(rows::rows(&company.study.company, &study.shares, &caps, columns));
    }
    let effective_shares = effective.into_iter().map(|mw| mw / gross_mw).collect();
    let caps = Caps { low, high, effective_shares };
    let all = rows::rows(ALL_COMPANIES, &study.shares, &caps, &columns[companies.len()]);
    // Delays and costs are each company's own.
    let own = [Driver::Delay, Driver::ShellCapex].map(Driver::name);
    rows.extend(all.into_iter().filter(|row| !own.contains(&row.metric.as_str())));
    PanelResults {
        study_name: study.name.clone(),
        question: study.question.clone(),
        as_of: study.as_of,
        target_year: study.target_year,
        paths: study.paths,
        seed: study.seed,
        headline_share: study.headline_share,
        companies: told,
        rows,
    }
}
