//! A process group: the program and everything it starts, so that ending the group leaves nothing behind. This also
//! holds when this process is ended, however suddenly: a watchman, a short shell script, waits for the end of a pipe
//! whose other end only this process holds. (The kernel's parent-death signal does not reach grandchildren, and is
//! bound to the thread that started the program; a pipe has neither limitation.)

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

    use crate::external::job_limits::GRACE;

    /// Reads until stdin ends. A line before that means that all is well. Otherwise the process at the other end is
    /// gone: the group gets a moment to exit by itself, then `SIGTERM`, then `SIGKILL`.
    const REAPER_SCRIPT: &str = r#"read -r _ && exit
there() { kill -s 0 -- "-$1" 2>/dev/null; }
sleep 2; there "$1" || exit 0
kill -s TERM -- "-$1"
for _ in 1 2; do sleep 1; there "$1" || exit 0; done
kill -s KILL -- "-$1""#;

    /// The group of a child that was started as its leader.
    pub(in crate::external) struct Group {
        id: Option<Pid>,
        watchman: Option<Child>,
        cleared: bool,
    }

    impl Group {
        pub(in crate::external) fn from_leader(child: &Child) -> Self {
            let id = child.id().and_then(|id| Pid::from_raw(id as i32));
            Self { id, watchman: id.and_then(spawn_reaper), cleared: false }
        }

        /// Asks all processes of the group to exit.
        pub(in crate::external) fn terminate(&self) {
            self.signal(Signal::TERM);
        }

        /// Kills all processes of the group.
        pub(in crate::external) fn kill(&self) {
            self.signal(Signal::KILL);
        }

        fn signal(&self, signal: Signal) {
            // A group that is already gone needs no signal.
            let _ = self.id.map(|id| kill_process_group(id, signal));
        }

        fn is_empty(&self) -> bool {
            self.id.is_none_or(|id| test_kill_process_group(id) == Err(Errno::SRCH))
        }

        /// Ends everything that the exited leader left behind.
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
                    // If writing fails, the watchman is already gone.
                    drop(stdin.write_all(b"\n").await);
                }
                drop(watchman.wait().await);
            }
        }
    }

    impl Drop for Group {
        /// Leaves the rest to the watchman, whose pipe ends here, because there is no time to wait.
        fn drop(&mut self) {
            if !self.cleared && self.watchman.is_none() {
                self.kill();
            }
        }
    }

    /// Starts the watchman in a group of its own, so that a signal from the terminal that ends this process does not
    /// end it.
    fn spawn_reaper(group: Pid) -> Option<Child> {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", REAPER_SCRIPT, "tintype-watchman"]).arg(group.as_raw_nonzero().to_string());
        command.env_clear().env("PATH", "/usr/bin:/bin").current_dir("/").process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command
            .spawn()
            .inspect_err(|error| tracing::warn!(%error, "could not start the reaper of a backend's processes"))
            .ok()
    }
}

/// Without process groups, only the child is ended; `kill_on_drop` does so when this process exits.
#[cfg(not(unix))]
mod elsewhere {
    use tokio::process::Child;

    pub(in crate::external) struct Group;

    impl Group {
        pub(in crate::external) const fn from_leader(_: &Child) -> Self {
            Self
        }

        pub(in crate::external) const fn terminate(&self) {}

        pub(in crate::external) const fn kill(&self) {}

        pub(in crate::external) async fn clear(self) {}
    }
}
