//! Station 3: how shocks move together.
//!
//! In: independent standard normal scores, a correlation matrix over the scored factors. Out: the
//! scores coupled, each still standard normal. Not here: what the factors mean.

mod eigen;
pub mod gaussian;
