//! One scalar body, built for every target: portable, AVX2 with FMA, AVX-512.
//!
//! Only `+ - * /`, `sqrt`, explicit `mul_add`, comparisons and integer operations occur in a body,
//! each correctly rounded by definition: all builds give the same bits. The portable build calls a
//! software `mul_add` where the target has none in its baseline, and is slow there; aarch64 has FMA
//! and vectors in its baseline, so that the portable build is its fastest.

/// Which build of the kernels runs; made only by asking the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build(Target);

/// Slowest first; each has what those before it have.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// What the compiler takes for granted.
    Portable,
    /// AVX2 and FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 F, DQ, VL and BW besides.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Build {
    /// The build that every machine can run.
    pub const PORTABLE: Self = Self(Target::Portable);

    /// The builds that this machine can run, slowest first.
    pub fn available() -> Vec<Self> {
        let targets = [
            Target::Portable,
            #[cfg(target_arch = "x86_64")]
            Target::Avx2,
            #[cfg(target_arch = "x86_64")]
            Target::Avx512,
        ];
        let fastest = Self::fastest().0;
        targets.into_iter().filter(|target| *target <= fastest).map(Self).collect()
    }

    /// The fastest build that this machine can run.
    pub fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            use std::arch::is_x86_feature_detected as has;
            if has!("avx2") && has!("fma") {
                if has!("avx512f") && has!("avx512dq") && has!("avx512vl") && has!("avx512bw") {
                    return Self(Target::Avx512);
                }
                return Self(Target::Avx2);
            }
        }
        Self::PORTABLE
    }

    /// The target: other than the portable one only on machines that have all its instructions.
    #[doc(hidden)]
    #[inline]
    pub fn target(self) -> Target {
        self.0
    }
}

/// Defines a free function whose first argument is the [`Build`] that runs it.
///
/// Exported for the benchmarks, which bring laws of their own; no part of the interface.
#[doc(hidden)]
#[macro_export]
macro_rules! kernel {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $ty:ty),* $(,)?) $body:block) => {
        $(#[$meta])*
        $vis fn $name(build: $crate::tile::kernel::Build, $($arg: $ty),*) {
            #[inline(always)]
            fn body($($arg: $ty),*) $body
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) {
                body($($arg),*);
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw,avx2,fma")]
            fn avx512($($arg: $ty),*) {
                body($($arg),*);
            }
            // SAFETY: `Build` holds a target only after the machine has answered that it has all
            // the instructions that the callee asks for.
            #[allow(unsafe_code)]
            match build.target() {
                $crate::tile::kernel::Target::Portable => body($($arg),*),
                #[cfg(target_arch = "x86_64")]
                $crate::tile::kernel::Target::Avx2 => unsafe { avx2($($arg),*) },
                #[cfg(target_arch = "x86_64")]
                $crate::tile::kernel::Target::Avx512 => unsafe { avx512($($arg),*) },
            }
        }
    };
}
#[doc(hidden)]
pub use kernel;
