use super::*;
use crate::conformance::{ConformanceDepth, ConformanceVerdict, examine};

/// Runs the full conformance tests: without streaming, with previews, and through the Responses API.
#[tokio::test]
async fn the_story_of_every_backend_holds_here() {
    let cheap = "[defaults]\nquality = 'low'\nsize = '1024x640'\n";
    for config in [cheap.to_owned(), format!("{cheap}partial_images = 2"), format!("route = 'responses'\n{cheap}")] {
        let bench = Bench::new(&config).await;
        for finding in examine(&bench.backend, bench.folder.path(), ConformanceDepth::Full).await {
            assert_eq!(finding.verdict, ConformanceVerdict::Kept, "{finding} with {config}");
        }
    }
}
