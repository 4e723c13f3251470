//! Tests of reading a series as a whole.
