//! What clients cost that call at the same time.

use std::time::Duration;

use portres_benches::contest::{PEERS, Told, ours, theirs};
use portres_benches::growth::Plot;
use portres_benches::histories::Shape;
use portres_benches::served::{Server, load, median};

use crate::Effort;

fn clients(effort: Effort) -> &'static [u32] {
    if effort.quick { &[1, 8] } else { &[1, 2, 4, 8, 16, 32, 64] }
}

/// Histories that have an order, 25 calls of each client. A checker that cannot tell half of them has no point.
pub(crate) fn histories(effort: Effort) -> Plot {
    let title = "Finding an order of calls that overlap, 25 calls of each client (medians)";
    let mut plot = Plot::new("histories", title, "clients", "ms a history");
    let (seeds, most) = if effort.quick { (3, 50) } else { (15, 500) };
    for &clients in clients(effort) {
        let shape = Shape { clients, calls: 25, is_illegal: false };
        let mut put = |name: &str, told: Vec<Told>| {
            let mut took: Vec<Duration> =
                told.iter().filter(|t| t.legal == Some(true)).map(|t| t.took).collect();
            took.sort();
            if took.len() * 2 > told.len() {
                // those without an answer took longer than all others
                let middle = took[told.len() / 2].as_secs_f64();
                plot.put(name, f64::from(clients), middle * 1e3);
            }
        };
        for profile in ["likely", "documented"] {
            let told = (0..seeds).map(|seed| ours(shape, seed, profile)).collect();
            put(&format!("portres, {profile}"), told);
        }
        for peer in PEERS {
            let most = Duration::from_millis(most);
            put(peer, (0..seeds).map(|seed| theirs(peer, shape, seed, most)).collect());
        }
    }
    plot
}

/// Calls one at a time over each of so many connections, beside the echo server.
pub(crate) fn serve(effort: Effort) -> Plot {
    let title = "portres serve beside a server that echoes lines";
    let mut plot = Plot::new("serve", title, "connections, each with a call under way", "calls/s");
    let servers = [Server::start(&["--as-echo"]), Server::start(&["--as-portres"])];
    let (rounds, calls) = if effort.quick { (1, 2000) } else { (3, 20_000) };
    for &clients in clients(effort) {
        let mut rates = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            for (server, rates) in servers.iter().zip(&mut rates) {
                let (all, each) = load(server, clients as usize, 1, calls);
                rates.push(each.len() as f64 / all.as_secs_f64());
            }
        }
        for (name, rates) in ["a server that echoes", "portres serve"].iter().zip(rates) {
            plot.put(name, f64::from(clients), median(rates));
        }
    }
    plot
}
