//! A group of processes: the program and everything it starts, so that ending it leaves nothing behind.
//! Also when we are ended ourselves, however suddenly: a watchman, a shell of three lines, waits for the end of a pipe
//! that only we hold. (The kernel's parent-death signal reaches neither grandchildren nor outlives the thread that
//! started the program; a pipe does both.)

#[cfg(unix)]
pub(super) use unix::Group;

#[cfg(not(unix))]
pub(super) use elsewhere::Group;

#[cfg(unix)]
mod unix {
    use std::{process::Stdio, time::Duration};

    use rustix::{
        io::Errno,
        process::{Pid, Signal, kill_process_group, test_kill_process_group},
    };
    use tokio::{
        io::AsyncWriteExt,
        process::{Child, Command},
        time::sleep,
    };

    use crate::external::bounds::GRACE;

    /// Reads until its stdin ends. A line before that means that all is well. Otherwise whoever held the other end is
    /// gone: the group gets a moment to end by itself, is asked to, and is made to.
    const WATCHMAN: &str = r#"read -r _ && exit
there() { kill -s 0 -- "-$1" 2>/dev/null; }
sleep 2; there "$1" || exit 0
kill -s TERM -- "-$1"
for _ in 1 2; do sleep 1; there "$1" || exit 0; done
kill -s KILL -- "-$1""#;

    /// The group of a child that was started as the first of one.
    pub(in crate::external) struct Group {
        id: Option<Pid>,
        watchman: Option<Child>,
        cleared: bool,
    }

    impl Group {
        pub(in crate::external) fn of(child: &Child) -> Self {
            let id = child.id().and_then(|id| Pid::from_raw(id as i32));
            Self { id, watchman: id.and_then(watchman), cleared: false }
        }

        /// Asks all of them to end.
        pub(in crate::external) fn terminate(&self) {
            self.signal(Signal::TERM);
        }

        /// Ends all of them.
        pub(in crate::external) fn kill(&self) {
            self.signal(Signal::KILL);
        }

        fn signal(&self, signal: Signal) {
            // One that is gone already needs no signal.
            let _ = self.id.map(|id| kill_process_group(id, signal));
        }

        fn is_empty(&self) -> bool {
            self.id.is_none_or(|id| test_kill_process_group(id) == Err(Errno::SRCH))
        }

        /// The first of them has ended: ends whatever it left behind.
        pub(in crate::external) async fn clear(mut self) {
            if !self.is_empty() {
                self.terminate();
                let (mut waited, step) = (Duration::ZERO, Duration::from_millis(20));
                while waited < GRACE && !self.is_empty() {
                    sleep(step).await;
                    waited += step;
                }
                self.kill();
            }
            self.cleared = true;
            if let Some(mut watchman) = self.watchman.take() {
                if let Some(mut stdin) = watchman.stdin.take() {
                    // If it cannot be told, it is gone.
                    drop(stdin.write_all(b"\n").await);
                }
                drop(watchman.wait().await);
            }
        }
    }

    impl Drop for Group {
        /// There is no time to wait. The watchman, whose pipe ends here, does the rest.
        fn drop(&mut self) {
            if !self.cleared && self.watchman.is_none() {
                self.kill();
            }
        }
    }

    /// In a group of its own: what ends us at the terminal must not end it.
    fn watchman(group: Pid) -> Option<Child> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", WATCHMAN, "tintype-watchman"]).arg(group.as_raw_nonzero().to_string());
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().inspect_err(|error| tracing::warn!(%error, "nobody watches over a backend's processes")).ok()
    }
}

/// Without groups, the child alone is ended; `kill_on_drop` does so when we end.
#[cfg(not(unix))]
mod elsewhere {
    use tokio::process::Child;

    pub(in crate::external) struct Group;

    impl Group {
        pub(in crate::external) const fn of(_: &Child) -> Self {
            Self
        }

        pub(in crate::external) const fn terminate(&self) {}

        pub(in crate::external) const fn kill(&self) {}

        pub(in crate::external) async fn clear(self) {}
    }
}
