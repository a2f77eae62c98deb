//! Format and size of an image file, from its header.
//! Nothing is decoded, so a header with false sizes does no harm here.

use std::io::Cursor;

use image::{
    ImageDecoder as _, ImageFormat, ImageReader,
    metadata::Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH},
};
use tintype_backends::{Format, Size};

use crate::picture::repair_gif_screen;

/// Returns the format of an image and its size after the EXIF orientation, or what is wrong with the file.
pub(super) fn read_image_header(bytes: &[u8]) -> Result<(Format, Size), String> {
    let format = Format::detect(bytes).ok_or("it is not an image in a known format")?;
    let size = match format {
        Format::Svg => svg(bytes)?,
        Format::Png => raster(bytes, ImageFormat::Png)?,
        Format::Jpeg => raster(bytes, ImageFormat::Jpeg)?,
        Format::Webp => raster(bytes, ImageFormat::WebP)?,
        Format::Gif => raster(&repair_gif_screen(bytes), ImageFormat::Gif)?,
    };
    if size.width == 0 || size.height == 0 {
        return Err("it has no pixels".to_owned());
    }
    Ok((format, size))
}

fn raster(bytes: &[u8], format: ImageFormat) -> Result<Size, String> {
    let damaged = |error: image::ImageError| format!("it is damaged: {error}");
    let mut decoder = ImageReader::with_format(Cursor::new(bytes), format).into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    Ok(match decoder.orientation() {
        Ok(Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH) => Size::new(height, width),
        _ => Size::new(width, height),
    })
}

/// Returns the size of an SVG in its own units: `width` and `height`, else its `viewBox`.
fn svg(bytes: &[u8]) -> Result<Size, String> {
    let damaged = |error: &dyn std::fmt::Display| format!("it is damaged: {error}");
    let text = std::str::from_utf8(bytes).map_err(|error| damaged(&error))?;
    let document = roxmltree::Document::parse(text).map_err(|error| damaged(&error))?;
    let root = document.root_element();
    if root.tag_name().name() != "svg" {
        return Err("it is XML but not SVG".to_owned());
    }
    let stated = |name| root.attribute(name).and_then(length);
    let view: Vec<f64> = root.attribute("viewBox").unwrap_or_default().split([' ', ',']).filter_map(length).collect();
    let view = |index: usize| view.get(index).copied().filter(|_| view.len() == 4);
    let edge = |stated: Option<f64>, view: Option<f64>| stated.or(view).unwrap_or(100.0).round().max(1.0) as u32;
    Ok(Size::new(edge(stated("width"), view(2)), edge(stated("height"), view(3))))
}

/// Parses a number with or without `px`; percentages and other units give `None`.
fn length(text: &str) -> Option<f64> {
    text.trim().trim_end_matches("px").parse().ok().filter(|length: &f64| length.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png() -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::RgbImage::new(7, 5).write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn size_is_read_from_the_header_alone() {
        let bytes = png();
        assert_eq!(read_image_header(&bytes).unwrap(), (Format::Png, Size::new(7, 5)));
        assert_eq!(read_image_header(&bytes[..33]).unwrap_err().split(':').next(), Some("it is damaged"));
    }

    #[test]
    fn svg_size_comes_from_its_attributes_its_view_box_or_a_default() {
        let size = |attributes: &str| {
            let svg = format!("<svg xmlns='http://www.w3.org/2000/svg' {attributes}/>");
            read_image_header(svg.as_bytes()).map(|(_, size)| size.to_string())
        };
        assert_eq!(size("width='640' height='480px'").unwrap(), "640x480");
        assert_eq!(size("width='100%' viewBox='0 0 64,32'").unwrap(), "64x32");
        assert_eq!(size("").unwrap(), "100x100");
        assert!(read_image_header(b"<html><svg/></html>").is_err());
        assert!(read_image_header(b"<svg").is_err());
    }

    #[test]
    fn non_images_are_rejected() {
        assert!(read_image_header(b"").is_err());
        assert!(read_image_header(b"hello").is_err());
        assert!(read_image_header(b"\x89PNG\r\n\x1a\nhello").is_err());
        assert!(read_image_header(b"\xff\xd8\xff\xe0").is_err());
    }
}
