//! The stand-in as a program, for trying the paid backends without paying.
//! All behavior is in the library.

use std::io::Write as _;

use clap::Parser;
use fake_openai::{FAULTS, FakeOpenAi, Faults};

/// A stand-in for the OpenAI API on the loopback interface.
#[derive(Parser)]
#[command(name = "fake-openai", version, about)]
struct Arguments {
    /// Port to listen on; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Faults of every POST, such as `delay=400,comments`
    #[arg(long, value_name = "NAMES", value_parser = Faults::parse)]
    fault: Vec<Faults>,
    /// Retired model to keep available, such as gpt-image-1
    #[arg(long, value_name = "ID")]
    alive: Vec<String>,
    /// Only key to accept (default: any key that begins with sk-)
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Reject further images after this many
    #[arg(long, value_name = "N")]
    images_per_minute: Option<u64>,
    /// List the faults and exit
    #[arg(long)]
    list_faults: bool,
}

fn main() -> std::io::Result<()> {
    let arguments = Arguments::parse();
    let mut out = std::io::stdout().lock();
    if arguments.list_faults {
        return FAULTS.iter().try_for_each(|info| writeln!(out, "{:24} {}", info.name, info.about));
    }
    let server = start(arguments)?;
    writeln!(out, "export OPENAI_BASE_URL={} OPENAI_API_KEY=sk-fake", server.base_url())?;
    out.flush()?;
    loop {
        std::thread::park();
    }
}

fn start(arguments: Arguments) -> std::io::Result<FakeOpenAi> {
    let mut builder = FakeOpenAi::builder().port(arguments.port);
    for faults in arguments.fault {
        builder = builder.always(faults);
    }
    for id in arguments.alive {
        builder = builder.alive(&id);
    }
    if let Some(key) = arguments.key {
        builder = builder.with_key(key);
    }
    if let Some(limit) = arguments.images_per_minute {
        builder = builder.images_per_minute(limit);
    }
    builder.try_start()
}
