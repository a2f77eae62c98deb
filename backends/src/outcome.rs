//! The result of a finished job: files byte for byte as they were delivered, and facts about them.
//! Previews are reported through `Progress` and can never become an `Outcome`.

use std::{fmt, path::PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Settings, Usd, svg::SvgValidity};

/// The file format of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Portable Network Graphics.
    Png,
    /// JPEG.
    Jpeg,
    /// WebP.
    Webp,
    /// GIF, animated or not.
    Gif,
    /// Scalable Vector Graphics.
    Svg,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::Webp, Self::Gif, Self::Svg];

    /// Returns the usual file name extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Svg => "svg",
        }
    }

    /// Returns its media type, as HTTP names it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Svg => "image/svg+xml",
        }
    }

    /// Detects the format from the first bytes of a file, which are reliable where a name or a header is not.
    pub fn detect(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            _ => looks_like_svg(bytes).then_some(Self::Svg),
        }
    }
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let head = head.trim_start_matches('\u{feff}').trim_start();
    head.starts_with('<') && head.contains("<svg")
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Png => "png",
            Self::Jpeg => "jpeg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Svg => "svg",
        })
    }
}

/// A finished image.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// The file, exactly as delivered: providers sign their images, and rewriting a file breaks the signature.
    pub bytes: Bytes,
    /// The format of the bytes.
    pub format: Format,
    /// The SVG source of the image, which is stored beside it.
    pub svg: Option<String>,
    /// A file in the job directory that already holds the same bytes; it may become the saved image as it is.
    pub file: Option<StagedFile>,
}

/// A file with an image, written while it was received and synced to disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedFile {
    /// The path of the file.
    pub path: PathBuf,
    /// The SHA-256 of its content, hexadecimal.
    pub sha256: String,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Image({}, {} bytes{})",
            self.format,
            self.bytes.len(),
            if self.svg.is_some() { ", with svg" } else { "" }
        )
    }
}

/// The token usage that the provider reports; a field is `None` where it reports nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// All input tokens.
    pub input_tokens: Option<u64>,
    /// The share of these for text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_text_tokens: Option<u64>,
    /// The share of these for images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_image_tokens: Option<u64>,
    /// The share of the input that the provider had cached, which is cheaper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// All output tokens.
    pub output_tokens: Option<u64>,
    /// The share of these for images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_image_tokens: Option<u64>,
    /// The share of these for text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_text_tokens: Option<u64>,
    /// The share of the output for reasoning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

impl Usage {
    /// Returns the total usage of several responses, or `None` if it is unknown for one of them. A figure is unknown if
    /// it is unknown in one of them.
    pub(crate) fn total(counts: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let mut counts = counts.into_iter();
        let first = counts.next()??;
        counts.try_fold(first, |sum, count| Some(sum.plus(&count?)))
    }

    fn plus(&self, other: &Self) -> Self {
        let add = |one: Option<u64>, other: Option<u64>| Some(one?.saturating_add(other?));
        Self {
            input_tokens: add(self.input_tokens, other.input_tokens),
            input_text_tokens: add(self.input_text_tokens, other.input_text_tokens),
            input_image_tokens: add(self.input_image_tokens, other.input_image_tokens),
            cached_tokens: add(self.cached_tokens, other.cached_tokens),
            output_tokens: add(self.output_tokens, other.output_tokens),
            output_image_tokens: add(self.output_image_tokens, other.output_image_tokens),
            output_text_tokens: add(self.output_text_tokens, other.output_text_tokens),
            reasoning_tokens: add(self.reasoning_tokens, other.reasoning_tokens),
        }
    }
}

/// The basis of a cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostBasis {
    /// Generated on this machine.
    Free,
    /// Computed from the provider's usage figures and a price table of this date (`YYYY-MM-DD`).
    Usage {
        /// The date of the price table.
        prices_as_of: String,
    },
    /// Stated by the provider or by the backend itself.
    Stated,
}

/// The cost of a job; a job with an unknown cost has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The amount.
    pub usd: Usd,
    /// The basis of the amount.
    pub basis: CostBasis,
}

impl Cost {
    /// Returns the total cost of several responses, on the first one's basis, or `None` if one of them is unknown.
    pub(crate) fn total(costs: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let costs: Vec<Self> = costs.into_iter().collect::<Option<_>>()?;
        let basis = costs.first()?.basis.clone();
        Some(Self { usd: costs.iter().map(|cost| cost.usd).sum(), basis })
    }
}

/// The provider's ids for a job, for support and for continuing from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderIds {
    /// The `x-request-id` or its equivalent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The id of the response object, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
}

/// The result of a finished job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The images, at least one.
    pub images: Vec<Image>,
    /// The token usage that the provider reports.
    pub usage: Option<Usage>,
    /// The cost; `None` if it is unknown.
    pub cost: Option<Cost>,
    /// The settings that took effect, where they differ from the request or were `auto`.
    pub effective: Settings,
    /// The prompt that the provider used, if it rewrote the user's.
    pub revised_prompt: Option<String>,
    /// The provider's ids for the job.
    pub ids: ProviderIds,
    /// The value to pass back in `Request::continues` to continue from this result.
    pub continuation: Option<serde_json::Value>,
    /// The validity of the drawing as received, if it was written as SVG.
    pub validity: Option<SvgValidity>,
    /// Notes for the user, one line each: unknown words, repairs, limits reached.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_from_the_bytes() {
        assert_eq!(Format::detect(b"\x89PNG\r\n\x1a\nrest"), Some(Format::Png));
        assert_eq!(Format::detect(b"RIFF\0\0\0\0WEBPVP8 "), Some(Format::Webp));
        assert_eq!(Format::detect(b"<?xml version='1.0'?>\n<svg/>"), Some(Format::Svg));
        assert_eq!(Format::detect(b"<html>"), None);
        assert_eq!(Format::detect(b""), None);
    }
}
