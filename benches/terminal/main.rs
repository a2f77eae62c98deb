//! The performance targets for images in the terminal: `just bench`, or `cargo bench --bench terminal`.
//! Peers (chafa, timg, viu) are measured in the same run where they are installed. Nothing is asserted.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a figure that cannot be taken ends the bench")]
#![allow(clippy::print_stdout, reason = "a bench prints")]

#[path = "../studio/figure.rs"]
mod figure;
mod glyph_raster;
mod image_pipeline;
mod mosaic;
mod peers;
mod photograph;
#[path = "../../tests/it/studio/pty.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod pty;
mod studio;
#[path = "../../tests/it/studio/view.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod view;

use photograph::{Photograph, photograph, save};

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let photo = photograph(1024, 1536);
    let file = dir.path().join("photograph.png");
    save(&file, &photo.png);
    println!("a PNG photograph of 1024x1536 pixels, {} kB", photo.png.len() / 1000);
    let mut figures = Vec::new();
    // `just bench terminal studio` takes only the studio's figures, `mosaic` only those of images as text.
    let only = |part: &str| std::env::args().any(|word| word == part);
    if !only("studio") {
        figures.extend(mosaic::figures(dir.path()));
        figures.extend(peers::figures(&file));
    }
    if !only("studio") && !only("mosaic") {
        figures.extend(image_pipeline::figures(&file, &photo));
    }
    if !only("mosaic") {
        figures.extend(studio::figures(dir.path()));
    }
    figure::print("pictures, cells of 10x20 pixels", &figures);
}
