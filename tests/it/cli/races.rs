//! Processes that use one library at the same time.

use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use super::{Home, text};

/// Number of times that every job is deleted and restored.
const CYCLES: usize = 12;

#[test]
fn concurrent_readers_lose_no_image_during_delete_and_restore() {
    let home = Home::new();
    let rows: Vec<_> = (0..4).map(|number| home.draw(&format!("a red kite {number}"))).collect();
    let path = |row: &serde_json::Value| text(&row["images"][0], "path").to_owned();
    let images: Vec<Vec<u8>> = rows.iter().map(|row| fs::read(path(row)).unwrap()).collect();
    let (mine, others) = rows.split_at(2);
    let is_over = AtomicBool::new(false);
    let (done, is_done) = (AtomicBool::new(false), |done: &AtomicBool| done.load(Ordering::Relaxed));
    let shelve = |rows: &[serde_json::Value]| {
        for _ in 0..CYCLES {
            for command in ["delete", "restore"] {
                home.run(["history", command, text(&rows[0], "id"), text(&rows[1], "id")]).run_to_end();
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_done(&is_over) {
                    home.run(["history"]).run_to_end();
                }
            });
        }
        let other = scope.spawn(|| shelve(others));
        let own = scope.spawn(|| shelve(mine));
        done.store(own.join().is_ok() & other.join().is_ok(), Ordering::Relaxed);
        is_over.store(true, Ordering::Relaxed);
    });
    assert!(is_done(&done));
    let mut left = home.run(["history", "--json"]).run_to_end().json();
    left.reverse();
    assert_eq!(left, rows);
    let bytes: Vec<Vec<u8>> = left.iter().map(|row| fs::read(path(row)).unwrap()).collect();
    assert_eq!(bytes, images);
}
