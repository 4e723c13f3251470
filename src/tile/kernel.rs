//! One scalar body, built twice: for the portable target and for AVX2 with FMA.
//!
//! Only `+ - * /`, `sqrt`, explicit `mul_add`, comparisons and integer operations occur in a body,
//! each correctly rounded by definition: both builds give the same bits. The portable build calls a
//! software `mul_add` where the machine has none, and is slow there.

/// Which build of the kernels runs; made only by asking the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Build(Target);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2Fma,
}

impl Build {
    /// The build that every machine can run.
    pub const PORTABLE: Self = Self(Target::Portable);

    /// The fastest build that this machine can run.
    pub fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
        {
            return Self(Target::Avx2Fma);
        }
        Self::PORTABLE
    }

    /// Whether the AVX2 and FMA build may run: true only on machines that have both.
    #[cfg(target_arch = "x86_64")]
    #[doc(hidden)]
    #[inline]
    pub fn is_avx2_fma(self) -> bool {
        self.0 == Target::Avx2Fma
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
            {
                #[target_feature(enable = "avx2,fma")]
                fn avx2_fma($($arg: $ty),*) {
                    body($($arg),*);
                }
                if build.is_avx2_fma() {
                    // SAFETY: `Build` holds this variant only after the machine has answered that
                    // it has AVX2 and FMA, which is all that the callee asks for.
                    #[allow(unsafe_code)]
                    return unsafe { avx2_fma($($arg),*) };
                }
            }
            let _ = build;
            body($($arg),*);
        }
    };
}
#[doc(hidden)]
pub use kernel;
