//! The cost of an image on its way from the server to the disk, compared with the official Python SDK doing the same:
//! `just bench pictures`. The server is the stand-in on the loopback interface, in this process; each side runs in a
//! process of its own and is measured from outside. Nothing is asserted, because a busy machine would make it flaky.
//!
//! The comparison uses the Python that the contract test installs (or `$PYTHON`); without it the column is left out and
//! a note is printed.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a figure that cannot be taken ends the bench")]
#![allow(clippy::print_stdout, reason = "a bench prints")]

mod backend;
mod contender;
mod floor;
mod tintype;

use std::{collections::BTreeMap, env, path::PathBuf};

use contender::{Contender, Python, RunCost};
use fake_openai::{FakeOpenAi, Fault};

/// Number of images that are received one after another.
const PICTURES: u32 = 100;
/// Number of partial images in a streamed response.
const PARTIALS: u32 = 3;
/// The size of an image. Its pixels are noise, so that the file is 3 MB in any format.
const SIZE: &str = "1024x1024";

fn main() {
    let arguments: Vec<String> = env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("tintype") => tintype::receive(&arguments[2..]),
        Some("backend") => backend::receive(&arguments[2..]),
        Some("floor") => floor::receive(&arguments[2..]),
        _ => compare(),
    }
}

fn compare() {
    let server = FakeOpenAi::builder().always(Fault::Noise).start_blocking();
    let python = Python::find();
    let mut sides = vec![Contender::Tintype, Contender::Backend, Contender::Floor(floor::write_texts())];
    sides.extend(python.ok().map(Contender::Python));
    println!(
        "\n{PICTURES} pictures of {SIZE}, received and saved one after another: CPU a picture, start-up taken off"
    );
    for partials in [0, PARTIALS] {
        one_after_another(&server, &sides, partials);
    }
    concurrent_jobs();
    if sides.len() < 4 {
        println!("the Python side is left out: `just contract` installs its SDK, `$PYTHON` names another Python");
    }
}

/// Receives the images on each side. A run with a single image is subtracted, because it holds start-up and the first
/// connection.
fn one_after_another(server: &FakeOpenAi, sides: &[Contender], partials: u32) {
    // Generated once, before any side is measured.
    Contender::Tintype.run(server, partials, 10, 1);
    let way = if partials == 0 { "plain".to_owned() } else { format!("streamed, {partials} partials") };
    let mut costs = BTreeMap::new();
    for side in sides {
        let [first, all] = [1, PICTURES + 1].map(|count| side.run(server, partials, count, 1));
        let each = all.minus(&first).per_image(PICTURES);
        println!("  {way:22} {:8} {each}", side.name());
        costs.insert(side.name(), each);
    }
    let ratio = |of: &str, to: &str| Some(costs.get(of)?.seconds() / costs.get(to)?.seconds());
    for (of, to, target) in [
        ("tintype", "python", "at most 0.5"),
        ("backend", "python", "at most 0.2"),
        ("tintype", "floor", "at most 1.6"),
    ] {
        if let Some(times) = ratio(of, to) {
            println!("  {way:22} {of} takes {times:.2} times the CPU of {to} (target: {target})");
        }
    }
}

/// Measures many jobs in one process, none of which can end before all of them have received their image.
fn concurrent_jobs() {
    println!(
        "\nStreamed pictures at once through one connection pool, {PARTIALS} partials each: peak of resident memory"
    );
    let peaks: BTreeMap<u32, RunCost> = [0, 1, 8, 32].map(|jobs| (jobs, gated(jobs))).into();
    let mb = |jobs: u32| peaks[&jobs].peak as f64 / 1e6;
    for jobs in [0, 1, 8, 32] {
        let target = if jobs == 8 { " (target: 120)" } else { "" };
        println!("  {jobs:2} jobs: {:6.1} MB{target}, {} saved", mb(jobs), peaks[&jobs].saved);
    }
    for jobs in [8_u32, 32] {
        let each = (mb(jobs) - mb(0)) / f64::from(jobs);
        let times = each * 1e6 / peaks[&jobs].largest.max(1) as f64;
        println!("  {jobs:2} jobs: {each:.1} MB a job, {times:.1} times its final picture (target: 3)");
    }
}

/// Runs `jobs` jobs concurrently. The server holds back every event until all requests have arrived, then releases all.
fn gated(jobs: u32) -> RunCost {
    let server = FakeOpenAi::builder().always([Fault::Noise, Fault::Gate]).start_blocking();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while (server.requests().len() as u32) < jobs {
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            server.release(usize::from(u16::MAX));
        });
        Contender::Tintype.run(&server, PARTIALS, jobs, jobs.max(1))
    })
}

/// Cargo's target directory.
fn target() -> PathBuf {
    let own = env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    own.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("target"))
}
