//! A backend in Rust: rings around each other, as many as the prompt has letters.
//! One process draws many images; `line.rs` is a module to copy.

#[allow(unreachable_pub, reason = "a module to copy, with what others would call")]
mod line;

use std::io;

use image::{Rgb, RgbImage};
use line::Order;
use serde_json::json;

fn main() -> io::Result<()> {
    line::hello(json!({
        "name": "rings",
        "about": "draws rings around each other, one for each letter",
        "serves": "many",
        "offline": true,
        "previews": true,
        "models": [{"id": "rings", "about": "flat and colorful", "max_count": 4}],
        "params": [
            {"name": "size", "about": "width and height in pixels", "kind": "size", "presets": ["512x512", "256x256"],
             "free": {"min_edge": 16, "max_edge": 2048}, "default": "512x512"},
            {"name": "seed", "about": "the same seed gives the same image", "kind": "integer",
             "min": 0, "max": 1_000_000, "default": 0},
        ],
    }))?;
    for order in line::orders() {
        match order.kind() {
            "generate" => generate(&order)?,
            // Drawing takes no time, so a canceled job is done already; no ticket was issued.
            "cancel" | "kept" => {}
            other => order.fail("unsupported", &format!("`{other}` is not supported"))?,
        }
    }
    Ok(())
}

fn generate(order: &Order) -> io::Result<()> {
    let Some((width, height)) = order.size() else {
        return order.fail("invalid_parameter", "the size is missing");
    };
    if order.text("model") != "rings" {
        return order.fail("invalid_parameter", "no such model");
    }
    let rings = order.text("prompt").chars().filter(|c| c.is_alphanumeric()).take(24).count() as u32 + 1;
    let seed = order.setting("seed").as_u64().unwrap_or(0);
    for picture in 0..order.count() {
        order.say("status", json!({"text": format!("drawing {rings} rings")}))?;
        for (name, kind, rings) in [("preview", "preview", rings / 2 + 1), ("picture", "image", rings)] {
            let name = format!("{name}-{picture}.png");
            let drawn = draw(width, height, rings, seed + picture);
            drawn.save(order.place(&name)).map_err(io::Error::other)?;
            let mut message = json!({"path": name, "image": picture});
            if kind == "image" {
                // Version 2 keeps it with the image; version 1 ignores it.
                message["seed"] = (seed + picture).into();
            }
            order.say(kind, message)?;
        }
    }
    order.say("done", json!({"effective": {"seed": seed}}))
}

fn draw(width: u32, height: u32, rings: u32, seed: u64) -> RgbImage {
    let (half_width, half_height) = (f64::from(width) / 2.0, f64::from(height) / 2.0);
    RgbImage::from_fn(width, height, |x, y| {
        let (dx, dy) = ((f64::from(x) - half_width) / half_width, (f64::from(y) - half_height) / half_height);
        let ring = (dx.hypot(dy) * f64::from(rings)) as u64;
        Rgb(color(ring + seed * 7))
    })
}

/// Returns a color that differs from its neighbors, mixed from a few bits.
fn color(number: u64) -> [u8; 3] {
    let mixed = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    [(mixed >> 56) as u8, (mixed >> 40) as u8, (mixed >> 24) as u8]
}
