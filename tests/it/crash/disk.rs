//! A full disk: an image that was paid for is stored in a fallback directory and moved back when there is room. On a
//! disk that accepts no writes, for lack of space or permission, no request is sent.

use std::{fs, path::Path, process::Command};

use super::harness::{CrashHarness, Route, Violations, files, sha256};

/// A separate file system of a given size in KiB, unmounted on drop.
pub(crate) struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    pub(crate) fn mount_tmpfs(at: &'a Path, kib: u32) -> Result<Self, String> {
        fs::create_dir_all(at).unwrap();
        mount(&["-t", "tmpfs", "-o", &format!("size={kib}k,mode=700"), "tmpfs", at.to_str().unwrap()])
            .map(|()| Self(at))
    }

    fn grow(&self, mib: u32) {
        self.remount(&format!("size={mib}m"));
    }

    fn remount(&self, options: &str) {
        mount(&["-o", &format!("remount,{options}"), self.0.to_str().unwrap()]).unwrap();
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0).status();
    }
}

fn mount(args: &[&str]) -> Result<(), String> {
    let output = Command::new("mount").args(args).output().map_err(|error| format!("no `mount`: {error}"))?;
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}

#[test]
fn a_full_disk_saves_the_image_elsewhere_until_there_is_room() {
    let site = CrashHarness::new();
    let mount = match Mount::mount_tmpfs(&site.data, 1024) {
        Ok(mount) => mount,
        Err(why) => return println!("skipped: cannot mount a 1 MB file system: {why}"),
    };
    // The library itself still fits, but nothing else.
    assert!(site.history().is_empty());
    let filler = vec![0_u8; 4096];
    let mut file = fs::File::create(site.data.join("filler")).unwrap();
    let leave = 300 << 10;
    while rustix::fs::statvfs(&site.data).unwrap().f_bavail * 4096 > leave {
        std::io::Write::write_all(&mut file, &filler).unwrap();
    }
    let output = site.generate(Route::Plain, "a lighthouse at dusk").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("the disk is full") && told.contains("it is kept in `"), "{told}");
    let delivered = sha256(&site.server.images_sent()[0]);
    let kept =
        files(&site.dir.path().join("tmp")).into_iter().find(|file| file.extension().is_some_and(|kind| kind == "png"));
    assert_eq!(sha256(&fs::read(kept.unwrap()).unwrap()), delivered);
    mount.grow(64);
    fs::remove_file(site.data.join("filler")).unwrap();
    let row = site.history().remove(0);
    assert_eq!((row["state"].as_str(), row["images"][0]["sha256"].as_str()), (Some("saved"), Some(delivered.as_str())));
    assert!(files(&site.dir.path().join("tmp")).is_empty(), "it was moved, not copied");
    let mut found = Violations::default();
    site.check_invariants(&[row["id"].as_str().unwrap().to_owned()].into(), &mut found);
    assert!(found.lost.is_empty() && found.sent_twice.is_empty(), "{found:?}");
}

#[test]
fn nothing_is_sent_without_any_disk_space() {
    let site = CrashHarness::new();
    let _mount = match Mount::mount_tmpfs(&site.data, 16) {
        Ok(mount) => mount,
        Err(why) => return println!("skipped: cannot mount a file system of a few pages: {why}"),
    };
    let output = site.generate(Route::Plain, "a lighthouse at dusk").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("hint: "), "{output:?}");
    assert!(site.server.requests().is_empty(), "a request that cannot be recorded is not sent");
}

#[test]
fn nothing_is_sent_or_lost_on_a_read_only_disk() {
    let site = CrashHarness::new();
    let mount = match Mount::mount_tmpfs(&site.data, 16 << 10) {
        Ok(mount) => mount,
        Err(why) => return println!("skipped: cannot mount a separate file system: {why}"),
    };
    assert!(site.generate(Route::Plain, "a lighthouse at dusk").status().unwrap().success());
    let asked = site.server.requests().len();
    mount.remount("ro");
    let output = site.generate(Route::Plain, "a lighthouse at dawn").output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("the disk is read-only") && told.contains("hint: make that directory writable"), "{told}");
    assert_eq!(site.server.requests().len(), asked, "a request that cannot be recorded is not sent");
    mount.remount("rw");
    assert_eq!(site.history().len(), 1);
}
