//! The minimum work of any safe path to a file: base64 decoding, hashing, writing, and one sync.
//! No HTTP, no JSON, no library; the base64 texts are read from a prepared file.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use image::{ImageFormat, RgbImage};
use sha2::{Digest as _, Sha256};

use crate::{contender::SideReport, target};

/// Writes a file with one image as base64, with the size and the pixels that the server sends.
pub(crate) fn write_texts() -> PathBuf {
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let picture = RgbImage::from_fn(1024, 1024, |_, _| image::Rgb([noise(), noise(), noise()]));
    let mut png = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut png, ImageFormat::Png).unwrap();
    let path = target().join("bench-picture.base64");
    write_plain(&path, BASE64_STANDARD.encode(png.into_inner()).as_bytes());
    path
}

/// Decodes, hashes and writes images. Arguments: texts, folder, count, partials. Partials are only decoded.
pub(crate) fn receive(arguments: &[String]) {
    let number = |index: usize| arguments[index].parse::<u32>().unwrap();
    let (text, folder) = (fs::read(&arguments[0]).unwrap(), Path::new(&arguments[1]));
    for index in 0..number(2) {
        for _ in 0..number(3) {
            drop(std::hint::black_box(BASE64_STANDARD.decode(&text).unwrap()));
        }
        let bytes = BASE64_STANDARD.decode(&text).unwrap();
        std::hint::black_box(Sha256::digest(&bytes));
        write_plain(&folder.join(format!("{index}.png")), &bytes).sync_all().unwrap();
    }
    SideReport::measure(folder).print();
}

/// Writes a file the plain way. Any extra work that the program does counts as its own cost in the table.
fn write_plain(path: &Path, bytes: &[u8]) -> fs::File {
    let mut file = fs::File::create(path).unwrap();
    file.write_all(bytes).unwrap();
    file
}
