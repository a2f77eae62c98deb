//! What a backend hands back when it is done: files byte for byte as they were delivered, and the facts about them.
//! Not a place for half-done work: previews travel through `Progress` and can never become an `Outcome`.

use std::{fmt, path::PathBuf};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Settings, Usd, svg::Validity};

/// The file format of a picture.
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

    /// The usual file name extension, without the dot.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
            Self::Gif => "gif",
            Self::Svg => "svg",
        }
    }

    /// Its media type, as HTTP names it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
            Self::Gif => "image/gif",
            Self::Svg => "image/svg+xml",
        }
    }

    /// What the first bytes of a file say it is; a name or a header may lie, these do not.
    pub fn of(bytes: &[u8]) -> Option<Self> {
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

/// A finished picture.
#[derive(Clone, PartialEq, Eq)]
pub struct Image {
    /// The file, exactly as delivered: providers sign their pictures, and a rewritten file is a broken signature.
    pub bytes: Bytes,
    /// What the bytes are.
    pub format: Format,
    /// The source the picture was drawn from, kept beside it.
    pub svg: Option<String>,
    /// A file in the job's own folder that has the same bytes already; it may become the saved image as it is.
    pub file: Option<StagedFile>,
}

/// A file with an image, written while it was received and safely on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedFile {
    /// Where it is.
    pub path: PathBuf,
    /// The SHA-256 of what was written, hexadecimal.
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

/// What the provider counted, in tokens; `None` where it said nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Everything that went in.
    pub input_tokens: Option<u64>,
    /// Of those: words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_text_tokens: Option<u64>,
    /// Of those: pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_image_tokens: Option<u64>,
    /// Of those: already known to the provider, and cheaper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cached_tokens: Option<u64>,
    /// Everything that came out.
    pub output_tokens: Option<u64>,
    /// Of those: pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_image_tokens: Option<u64>,
    /// Of those: words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_text_tokens: Option<u64>,
    /// Of those: thinking.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_tokens: Option<u64>,
}

impl Usage {
    /// What several answers counted together; nothing where one of them, or a figure in one, is unknown.
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

/// How the cost of a job came about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostBasis {
    /// Drawn on this machine.
    Free,
    /// Computed from the provider's own count and a price table of this date (`YYYY-MM-DD`).
    Usage {
        /// The date the prices were taken.
        prices_as_of: String,
    },
    /// Stated by the provider or by the backend itself.
    Stated,
}

/// What a job cost; a job whose cost is unknown has none of these.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// The amount.
    pub usd: Usd,
    /// Where it comes from.
    pub basis: CostBasis,
}

impl Cost {
    /// What several answers cost together, on the first one's basis; nothing where one of them is unknown.
    pub(crate) fn total(costs: impl IntoIterator<Item = Option<Self>>) -> Option<Self> {
        let costs: Vec<Self> = costs.into_iter().collect::<Option<_>>()?;
        let basis = costs.first()?.basis.clone();
        Some(Self { usd: costs.iter().map(|cost| cost.usd).sum(), basis })
    }
}

/// The provider's own names for what it did, for support and for continuing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderIds {
    /// `x-request-id` or its like.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The id of the response object, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_id: Option<String>,
}

/// Everything a finished job yields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// The pictures, at least one.
    pub images: Vec<Image>,
    /// What the provider counted.
    pub usage: Option<Usage>,
    /// What it cost; `None` where nobody can say.
    pub cost: Option<Cost>,
    /// The settings that really applied, where they differ from what was asked or stood at `auto`.
    pub effective: Settings,
    /// The prompt that was drawn, where the provider rewrote it.
    pub revised_prompt: Option<String>,
    /// The provider's names for the job.
    pub ids: ProviderIds,
    /// What to hand back in `Request::continues` to go on from here.
    pub continuation: Option<serde_json::Value>,
    /// How sound the drawing was as it came, where it was written as SVG.
    pub validity: Option<Validity>,
    /// Remarks for the person: unknown words, repairs, limits met. Each one line.
    pub notes: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_read_from_the_bytes() {
        assert_eq!(Format::of(b"\x89PNG\r\n\x1a\nrest"), Some(Format::Png));
        assert_eq!(Format::of(b"RIFF\0\0\0\0WEBPVP8 "), Some(Format::Webp));
        assert_eq!(Format::of(b"<?xml version='1.0'?>\n<svg/>"), Some(Format::Svg));
        assert_eq!(Format::of(b"<html>"), None);
        assert_eq!(Format::of(b""), None);
    }
}
