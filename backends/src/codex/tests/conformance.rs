use super::*;
use crate::conformance::{ConformanceDepth, ConformanceVerdict, examine};

/// Runs the full conformance tests: streamed and in the background.
#[tokio::test]
async fn the_story_of_every_backend_holds_here() {
    for config in ["", "background = true"] {
        let bench = Bench::new(&format!("{config}\n[defaults]\nsize = '512x512'")).await;
        for finding in examine(&bench.backend, bench.folder.path(), ConformanceDepth::Full).await {
            assert_eq!(finding.verdict, ConformanceVerdict::Kept, "{finding} with {config}");
        }
    }
}
