//! Benchmarks; see `benches`.
