//! Benchmarks of portres: see `benches/`.
