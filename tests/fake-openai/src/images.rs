//! Images as bytes: the requested size and format, sharper with every partial, with masks respected.
//! The landscape itself is drawn in `scene`.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{Delay, DynamicImage, Frame, ImageFormat, ImageResult, RgbaImage};

use crate::scene::{Scene, mix, noise};

/// The format of a response image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Jpeg,
    Webp,
    Gif,
    Svg,
}

impl Format {
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::Png, Self::Jpeg, Self::Webp, Self::Gif, Self::Svg].into_iter().find(|format| format.name() == name)
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Svg => "svg",
        }
    }
}

/// The sharpness of a finished image; partials have less.
pub(crate) const FINAL: usize = 3;

/// Everything that determines one image.
#[derive(Clone, Debug)]
pub(crate) struct ImageSpec {
    pub(crate) seed: u64,
    pub(crate) size: (u32, u32),
    pub(crate) format: Format,
    pub(crate) transparent: bool,
    /// Compression quality for JPEG, from 0 to 100.
    pub(crate) compression: u8,
    /// True if the image is only noise, without a landscape.
    pub(crate) noise: bool,
    /// Number of frames of an animation, and the milliseconds that each is shown.
    pub(crate) frames: (u32, u32),
    /// Number of padding bytes in a private chunk of a PNG.
    pub(crate) padding: usize,
    pub(crate) references: Vec<RgbaImage>,
    pub(crate) mask: Option<RgbaImage>,
}

/// The key of a noise image in the pool: size, format, and number.
pub(crate) type PoolKey = ((u32, u32), &'static str, u64);

/// The number of different noise images for each size and format.
const NOISES: u64 = 10;

impl ImageSpec {
    /// Returns the key of this image in the pool, if it is plain noise.
    pub(crate) fn pool_key(&self, partial: Option<usize>) -> Option<PoolKey> {
        let plain = self.noise && self.padding == 0 && self.references.is_empty();
        let shift = partial.map_or(0, |index| index as u64 + 1);
        plain.then(|| (self.size, self.format.name(), (self.seed % NOISES) << 2 | shift))
    }

    /// Encodes the finished image.
    pub(crate) fn finish(&self) -> ImageResult<Bytes> {
        match self.format {
            Format::Gif => self.animate(),
            Format::Svg => Ok(self.svg().into()),
            _ => self.encode(self.paint(FINAL), self.padding),
        }
    }

    /// Encodes a partial image: the same size and format, with less detail the lower its sharpness is.
    pub(crate) fn partial(&self, sharpness: usize) -> ImageResult<Bytes> {
        self.encode(self.paint(sharpness), 0)
    }

    fn paint(&self, sharpness: usize) -> RgbaImage {
        let mut picture = self.render(&Scene::new(self.seed, self.transparent), sharpness);
        if let Some(first) = self.references.first() {
            self.blend_first_reference(&mut picture, first);
            self.draw_other_references(&mut picture);
        }
        picture
    }

    /// Draws coarse cells first, then finer ones, as the service's partials come into focus.
    fn render(&self, scene: &Scene, sharpness: usize) -> RgbaImage {
        let cell = [64, 24, 8, 1][sharpness.min(FINAL)];
        if self.noise {
            return noise((self.seed % NOISES) << 2 | sharpness as u64, self.size);
        }
        let grain = if cell == 1 { 6 } else { 0 };
        let coarse = scene.draw(((self.size.0 / cell).max(2), (self.size.1 / cell).max(2)), grain);
        if cell == 1 {
            return coarse;
        }
        imageops::resize(&coarse, self.size.0, self.size.1, FilterType::Triangle)
    }

    /// Blends in the first reference: everywhere outside of the mask's hole, and at half opacity without a mask.
    fn blend_first_reference(&self, picture: &mut RgbaImage, first: &RgbaImage) {
        let fit = |image: &RgbaImage| imageops::resize(image, self.size.0, self.size.1, FilterType::Triangle);
        let (base, mask) = (fit(first), self.mask.as_ref().map(fit));
        for (x, y, pixel) in picture.enumerate_pixels_mut() {
            let keep = mask.as_ref().map_or(128, |mask| u32::from(mask.get_pixel(x, y)[3]));
            let old = base.get_pixel(x, y);
            for index in 0..4 {
                let blend = u32::from(old[index]) * keep + u32::from(pixel[index]) * (255 - keep);
                pixel[index] = (blend / 255) as u8;
            }
        }
    }

    /// Draws the other references along the lower edge, in their order.
    fn draw_other_references(&self, picture: &mut RgbaImage) {
        let side = (self.size.0 / 17).max(1);
        for (index, reference) in self.references.iter().skip(1).enumerate() {
            let small = imageops::resize(reference, side, side, FilterType::Triangle);
            let (x, y) = (side * index as u32, self.size.1.saturating_sub(side));
            imageops::overlay(picture, &small, x.into(), y.into());
        }
    }

    fn encode(&self, picture: RgbaImage, padding: usize) -> ImageResult<Bytes> {
        let picture = DynamicImage::from(picture);
        let picture = if self.transparent { picture } else { picture.into_rgb8().into() };
        let mut out = Cursor::new(Vec::new());
        match self.format {
            Format::Jpeg => {
                let encoder = JpegEncoder::new_with_quality(&mut out, self.compression.max(1));
                picture.write_with_encoder(encoder)?;
            }
            Format::Webp => picture.write_to(&mut out, ImageFormat::WebP)?,
            _ => picture.write_to(&mut out, ImageFormat::Png)?,
        }
        let bytes = out.into_inner();
        Ok(if self.format == Format::Png { add_provenance(&bytes, padding) } else { bytes.into() })
    }

    fn animate(&self) -> ImageResult<Bytes> {
        let (count, milliseconds) = self.frames;
        let mut out = Vec::new();
        let mut encoder = GifEncoder::new_with_speed(&mut out, 30);
        let mut scene = Scene::new(self.seed, false);
        for index in 0..count {
            scene.phase = index as f32 / count as f32;
            let delay = Delay::from_numer_denom_ms(milliseconds, 1);
            encoder.encode_frame(Frame::from_parts(scene.draw(self.size, 0), 0, 0, delay))?;
        }
        drop(encoder);
        Ok(out.into())
    }

    fn svg(&self) -> String {
        let (width, height) = self.size;
        let tint = format!("{:06x}", self.seed & 0x00ff_ffff);
        let (x, y, radius) = (width * 3 / 4, height / 4, width.min(height) / 10);
        let ridge =
            format!("M0 {} Q{} {} {width} {} V{height} H0 Z", height * 2 / 3, width / 2, height / 2, height * 3 / 4);
        let sky = if self.transparent {
            String::new()
        } else {
            format!(r##"<rect width="{width}" height="{height}" fill="#{tint}"/>"##)
        };
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">{sky}<circle cx="{x}" cy="{y}" r="{radius}" fill="#fff4d1"/><path d="{ridge}" fill="#24424a"/></svg>"##
        )
    }
}

/// Adds a provenance chunk behind the header, as the service does: a client that rewrites the file loses or breaks it.
fn add_provenance(png: &[u8], padding: usize) -> Bytes {
    const HEADER: usize = 8 + 25;
    let mut signed = png[..HEADER].to_vec();
    chunk(&mut signed, *b"caBX", b"\0\0\0\x28jumb\0\0\0\x20jumdc2pa\0\x11\0\x10\x80\0\0\xaa\0\x38\x9b\x71\x03c2pa\0");
    if padding > 0 {
        let words = (0..padding as u64 / 8).flat_map(|index| mix(index).to_le_bytes());
        chunk(&mut signed, *b"faKe", &words.collect::<Vec<_>>());
    }
    signed.extend_from_slice(&png[HEADER..]);
    signed.into()
}

fn chunk(out: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    out.extend_from_slice(&(data.len() as u32).to_be_bytes());
    let start = out.len();
    out.extend_from_slice(&name);
    out.extend_from_slice(data);
    let checksum = crc32fast::hash(&out[start..]);
    out.extend_from_slice(&checksum.to_be_bytes());
}
