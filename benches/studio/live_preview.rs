//! The cost of a live preview while a drawing is being written, compared with rendering it once at the end. Measured in
//! CPU time, including the renderer's own process, with both sides in one run.

use std::{
    fmt::Write as _,
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::sleep,
    time::{Duration, Instant},
};

use futures::future::{BoxFuture, FutureExt, ready};
use tintype_backends::{
    Listener, Progress, Size, Ticket, Update,
    svg::{LivePreview, Renderer, SvgLimits},
};
use tokio::runtime::Runtime;

use crate::{Figure, program::TINTYPE};

const BYTES: usize = 200_000;
const DELTAS: usize = 4_000;
const CANVAS: Size = Size::new(1024, 1024);
/// The time between two pieces, as passed to the drawing: at this pace no frame is skipped.
const PAUSE: Duration = Duration::from_millis(100);
/// Number of runs per side. A tick of the kernel's clock is 10 ms.
const ROUNDS: u32 = 5;

/// Measures the ratio, and the two times it is made of.
pub(crate) fn figures() -> [Figure; 1] {
    let (runtime, text) = (Runtime::new().unwrap(), drawing());
    let renderer = Renderer::program(TINTYPE, ["render-svg"]);
    let frames = Arc::new(FrameCounter::default());
    // A warm-up run: the first start reads the program from disk.
    render_once(&runtime, &renderer, &text);
    let once = cpu_time_of(|| (0..ROUNDS).for_each(|_| render_once(&runtime, &renderer, &text)));
    let grown = cpu_time_of(|| (0..ROUNDS).for_each(|_| render_live(&runtime, &renderer, &text, &frames)));
    let measured = format!(
        "{:.2} times: {} ms in {} frames, {} ms in one render",
        grown.as_secs_f64() / once.as_secs_f64(),
        grown.as_millis() / u128::from(ROUNDS),
        frames.0.load(Ordering::Relaxed) / ROUNDS as usize,
        once.as_millis() / u128::from(ROUNDS),
    );
    [Figure::new("200 KB drawing watched in 4,000 pieces", "< 4 renders", measured)]
}

/// Renders the drawing once, after all of it has arrived.
fn render_once(runtime: &Runtime, renderer: &Renderer, text: &str) {
    runtime.block_on(renderer.draw(text, CANVAS, &SvgLimits::default())).unwrap();
}

/// Renders every frame while the drawing arrives.
fn render_live(runtime: &Runtime, renderer: &Renderer, text: &str, frames: &Arc<FrameCounter>) {
    let progress = Progress::new(Arc::clone(frames) as Arc<dyn Listener>, std::env::temp_dir());
    runtime.block_on(async {
        let mut live = LivePreview::new(CANVAS, 0, &progress, renderer);
        let mut now = Instant::now();
        for piece in text.as_bytes().chunks(text.len().div_ceil(DELTAS)) {
            live.push_at(std::str::from_utf8(piece).unwrap(), now);
            live.finish_frame().await;
            now += PAUSE;
        }
    });
}

/// Returns shapes as models draw them: filled and stroked paths in groups, some of them translucent.
fn drawing() -> String {
    let mut text = String::from(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024"><defs><linearGradient id="sky"><stop stop-color="#08f"/><stop offset="1" stop-color="#fff"/></linearGradient></defs><rect width="1024" height="1024" fill="url(#sky)"/>"##,
    );
    let mut at = 0_u32;
    while text.len() < BYTES {
        at += 1;
        let (x, y) = (at * 37 % 960, at * 53 % 960);
        write!(
            text,
            r##"<g transform="translate({x} {y})"><path d="M0 0C12 {a} 30 4 44 {b}S60 40 30 52L4 40Z" fill="#{a:02x}8{b:02x}a" stroke="#222" stroke-width="1.5" opacity="0.9"/></g>"##,
            a = at % 60,
            b = at % 47,
        )
        .unwrap();
    }
    text + "</svg>"
}

/// A listener that counts frames and keeps none.
#[derive(Default)]
struct FrameCounter(AtomicUsize);

impl Listener for FrameCounter {
    fn on_update(&self, update: Update) {
        self.0.fetch_add(usize::from(matches!(update, Update::Preview(_))), Ordering::Relaxed);
    }

    fn keep_ticket<'a>(&'a self, _: &'a Ticket) -> BoxFuture<'a, io::Result<()>> {
        ready(Ok(())).boxed()
    }
}

/// Returns the CPU time of this process and its children while `work` runs.
fn cpu_time_of(work: impl FnOnce()) -> Duration {
    let before = ticks();
    work();
    Duration::from_millis((ticks() - before) * 10)
}

/// Returns the CPU ticks so far. A child's ticks count only after it has exited, so this waits for a stable count.
fn ticks() -> u64 {
    let mut last = u64::MAX;
    loop {
        let stat = fs::read_to_string("/proc/self/stat").unwrap();
        let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
        let now: u64 = fields[11..15].iter().map(|field| field.parse::<u64>().unwrap()).sum();
        if now == last {
            return now;
        }
        last = now;
        sleep(Duration::from_millis(300));
    }
}
