//! SVG to pixels, through the one checked rasteriser.
//! Not for checking: what a drawing may contain is said in `tintype_backends::svg`.

use image::RgbaImage;
use tintype_backends::{
    Size,
    svg::{Checked, Limits},
};

use super::PictureError;

/// A drawing has no pixels of its own: its longer edge becomes this many, enough for any pane.
const EDGE: u32 = 1536;

/// The drawing in `bytes`, as large as a picture usually is.
pub(super) fn decode(bytes: &[u8]) -> Result<RgbaImage, PictureError> {
    let drawing = Checked::parse(&String::from_utf8_lossy(bytes), &Limits::default())?;
    let Size { width, height } = enlarged(drawing.size());
    let pixels = drawing.render(Size::new(width, height))?;
    RgbaImage::from_raw(width, height, pixels.rgba).ok_or(PictureError::Empty)
}

fn enlarged(Size { width, height }: Size) -> Size {
    let longer = u64::from(width.max(height)).max(1);
    let edge = |edge: u32| (u64::from(edge) * u64::from(EDGE) / longer).max(1) as u32;
    Size::new(edge(width), edge(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_enlarged_undistorted() {
        let svg = r##"<svg xmlns="http://www.w3.org/2000/svg" width="10" height="5"><rect width="10" height="5" fill="#c81e1e"/></svg>"##;
        let picture = decode(svg.as_bytes()).unwrap();
        assert_eq!(picture.dimensions(), (1536, 768));
        assert_eq!(picture.get_pixel(700, 400).0, [200, 30, 30, 255]);
    }

    #[test]
    fn what_is_not_allowed_is_said() {
        let error = decode(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>").unwrap_err();
        assert!(error.to_string().contains("`script`"), "{error}");
    }
}
