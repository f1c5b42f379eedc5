//! What a call costs on a machine that has much on it.

use std::hint::black_box;

use portres_benches::beside::{
    BINDING, Handles, Program, RESERVING, Scattered, Simulated, reserve,
};
use portres_benches::growth::{Plot, crowd_of, fill, first_of_two, place_among, places_among};
use portres_benches::naive::{Hashed, Scan};
use portres_benches::posted::{Fragmented, Walk, fragmented};
use portres_benches::{P1, far_apart};
use portres_model::{Profile, Protocol};
use portres_sim::{Host, Policy};

use crate::Effort;
use crate::timing::nanoseconds;

/// The cycle among so many reservations and as many sockets.
pub(crate) fn simulator(effort: Effort) -> Plot {
    let title = "A cycle of five calls among reservations and as many bound sockets";
    let mut plot = Plot::new("simulator", title, "reservations (and as many sockets)", "ns a call");
    let sizes: &[u32] = if effort.quick {
        &[10, 1000]
    } else {
        &[10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 50_000, 100_000]
    };
    for &count in sizes {
        let size = f64::from(count);
        let host = || Host::new(crowd_of(count), &Profile::likely(), Policy::Lowest, 1);
        let mut put = |name: &str, run: &mut dyn FnMut()| {
            plot.put(name, size, nanoseconds(effort, run) / RESERVING as f64);
        };
        let ((.., start), mut program) = (place_among(count), Program::of(&host(), P1));
        put("portres-sim, one place", &mut || reserve(&mut program, start));
        let mut scattered = Scattered::among(host(), places_among(count).cycle());
        put("portres-sim, random places", &mut || {
            let start = scattered.go_on();
            reserve(&mut scattered, start);
        });
        // these two have UDP alone, where there is no room for more
        if count <= 50_000 {
            let mut hashed = Hashed::default();
            fill(&mut hashed, count);
            let mut scan = Scan::from(&hashed);
            let mut starts = random_starts(count);
            put("hash maps, random places", &mut || reserve(&mut hashed, starts()));
            if count <= 10_000 || !effort.quick {
                let mut starts = random_starts(count);
                put("lists, random places", &mut || reserve(&mut scan, starts()));
            }
        }
    }
    plot
}

fn random_starts(count: u32) -> impl FnMut() -> u16 {
    let mut rows = far_apart(count.div_ceil(7).max(1) as u16).cycle();
    move || first_of_two(rows.next().unwrap_or_default())
}

/// The search for a free block of whichever place, where little is free in one piece.
pub(crate) fn holes(effort: Effort) -> Plot {
    let title = "The search for a free block in a pool with holes";
    let mut plot = Plot::new("holes", title, "holes", "ns a search");
    let sizes: &[usize] =
        if effort.quick { &[10, 1000] } else { &[10, 100, 300, 1000, 3000, 8000, 12_000] };
    for &count in sizes {
        let Fragmented { world, within, holes } = fragmented(count, 1);
        let last = holes.last().map_or(0, |hole| hole.count());
        let walk = Walk::of(&world, within);
        for (name, wanted) in
            [("only the last hole is large enough", last), ("no hole is large enough", last + 1)]
        {
            let search = || _ = black_box(world.free_block(Protocol::Udp, within, wanted));
            plot.put(&format!("portres-model, {name}"), count as f64, nanoseconds(effort, search));
        }
        let search = || _ = black_box(walk.free_block(last));
        plot.put("a walk from port to port", count as f64, nanoseconds(effort, search));
    }
    plot
}

/// Binding to any port among the sockets of others.
pub(crate) fn binding(effort: Effort) -> Plot {
    let title = "socket, bind to any port, close, among the sockets of others";
    let mut plot = Plot::new("binding", title, "sockets of others", "ns a call");
    let sizes: &[u16] = if effort.quick { &[10, 1000] } else { &[10, 100, 1000, 10_000, 40_000] };
    for &others in sizes {
        let (handles, simulated) = (Handles::new(others), Simulated::new(others));
        let mut put = |name: &str, run: &mut dyn FnMut()| {
            plot.put(name, f64::from(others), nanoseconds(effort, run) / BINDING as f64);
        };
        put("portres-sim, by handles", &mut || _ = black_box(handles.bind()));
        put("turmoil-net", &mut || drop(black_box(simulated.bind())));
    }
    plot
}
