//! `wattshift explain`: one path, month by month.

use super::args::{ExplainArguments, Format};
use super::{engine, output};
use wattshift::error::Error;
use wattshift::report::explain;

/// Makes one path again and prints its workings.
pub(crate) fn explain(asked: &ExplainArguments) -> Result<(), Error> {
    let overrides = engine::Overrides { paths: asked.paths, seed: asked.seed };
    let (study, _) = super::open(asked.study.as_deref(), overrides)?;
    let explanation = engine::explain(&study, asked.path, asked.share)?;
    output::print(|out| match asked.format {
        Format::Table => {
            let text = explain::text(&explanation, output::width());
            out.extend_from_slice(text.as_bytes());
            Ok(())
        }
        Format::Json => explain::write_json(&explanation, out),
        Format::Csv => explain::write_csv(&explanation, out),
    })
}
