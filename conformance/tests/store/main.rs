//! The store of `portres serve`: what it refuses, and that a server killed at any moment has lost nothing that it
//! acknowledged.

mod crash;
mod refused;
mod server;
mod zone;
