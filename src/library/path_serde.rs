//! Serde support for paths: as text if they are valid Unicode, otherwise as a `file:` URL that preserves every byte.
//!
//! Only for absolute paths, which never begin like a URL.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

const ADDRESS: &str = "file:";

pub(super) fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    text(path).ok_or_else(|| S::Error::custom("this path cannot be stored in JSON"))?.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    String::deserialize(deserializer).map(path)
}

/// The same for an optional path.
pub(super) mod optional {
    use super::{Deserialize, Deserializer, PathBuf, Serializer, path, serialize as one};

    #[expect(clippy::ref_option, reason = "serde hands a reference to the field")]
    pub(in crate::library) fn serialize<S: Serializer>(
        path: &Option<PathBuf>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match path {
            Some(path) => one(path, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub(in crate::library) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<PathBuf>, D::Error> {
        Ok(Option::<String>::deserialize(deserializer)?.map(path))
    }
}

fn text(path: &Path) -> Option<String> {
    let plain = path.to_str().map(str::to_owned);
    plain.or_else(|| url::Url::from_file_path(path).ok().map(String::from))
}

fn path(text: String) -> PathBuf {
    let address = text.starts_with(ADDRESS).then(|| url::Url::parse(&text).ok()?.to_file_path().ok()).flatten();
    address.unwrap_or_else(|| text.into())
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use crate::library::{Inputs, ReferenceOrigin};

    #[test]
    fn a_path_of_any_bytes_round_trips() {
        for bytes in [&b"/a/fox.png"[..], b"/a/caf\xe9 100%.jpg", "/a/café#1?.png".as_bytes()] {
            let path = std::path::PathBuf::from(std::ffi::OsStr::from_bytes(bytes));
            let inputs = Inputs { pictures: vec![ReferenceOrigin::File(path.clone())], mask: Some(path), markup: None };
            let json = serde_json::to_string(&inputs).unwrap();
            assert_eq!(serde_json::from_str::<Inputs>(&json).unwrap(), inputs, "{json}");
        }
        let plain = serde_json::to_string(&ReferenceOrigin::File("/a/fox.png".into())).unwrap();
        assert_eq!(plain, r#"{"file":"/a/fox.png"}"#);
    }
}
