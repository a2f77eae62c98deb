use super::*;

const SIZE: Size = Size::new(32, 32);

fn svg(body: &str) -> String {
    format!(r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">{body}</svg>"#)
}

/// Returns the answers that a serving program would give.
fn served(orders: &[(&str, bool)]) -> Vec<Result<usize, SvgError>> {
    let mut input = Vec::new();
    for (svg, over) in orders {
        let order =
            SvgRenderRequest { width: 32, height: 32, limits: SvgLimits::default(), bytes: svg.len(), over: *over };
        serde_json::to_writer(&mut input, &order).unwrap();
        input.extend_from_slice(b"\n");
        input.extend_from_slice(svg.as_bytes());
    }
    let mut output = Vec::new();
    serve(input.as_slice(), &mut output).unwrap();
    let mut rest = output.as_slice();
    let mut answers = Vec::new();
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let head: Result<SvgRenderResponse, SvgError> = serde_json::from_slice(&rest[..end]).unwrap();
        rest = &rest[end + 1..];
        answers.push(head.map(|answer| {
            assert!(rest.starts_with(b"\x89PNG"));
            rest = &rest[answer.bytes..];
            answer.bytes
        }));
    }
    answers
}

#[test]
fn server_continues_after_a_bad_drawing() {
    let (good, bad) = (svg("<rect width='9' height='9'/>"), svg("<script/>"));
    let answers = served(&[(&good, false), (&bad, false), (&good, true), (&bad, true), (&good, true)]);
    let passed: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(passed, [true, false, true, false, true]);
    assert_eq!(answers[1], Err(SvgError::Element { name: "script".to_owned(), line: 1 }));
}

#[tokio::test]
async fn rendering_without_a_program_runs_in_process() {
    let drawn = Renderer::default().draw(&svg("<blink-not/>"), SIZE, &SvgLimits::default()).await;
    assert!(matches!(drawn, Err(SvgError::Element { .. })));
    let drawn = Renderer::default().draw(&svg("<rect width='9' height='9'/>"), SIZE, &SvgLimits::default()).await;
    assert!(drawn.unwrap().png.starts_with(b"\x89PNG"));
}

#[tokio::test]
async fn bad_patch_leaves_the_canvas_unchanged() {
    let mut incremental_canvas = Renderer::default().incremental_canvas(SIZE, SvgLimits::default());
    let first = incremental_canvas.paint(svg("<rect width='9' height='9'/>")).await.unwrap();
    assert!(incremental_canvas.paint(svg("<script/>")).await.is_err());
    let second = incremental_canvas.paint(svg("<g/>")).await.unwrap();
    assert_eq!(first, second);
    assert_ne!(incremental_canvas.paint(svg("<circle r='20'/>")).await.unwrap(), second);
}

#[cfg(unix)]
#[tokio::test]
async fn unresponsive_render_process_is_killed() {
    let sleeper = RendererCommand { path: "/bin/sh".into(), args: vec!["-c".into(), "exec sleep 1000".into()] };
    let mut helper = RenderProcess::start(&sleeper).unwrap();
    let wish = svg("");
    let drawn = helper.draw((&wish, SIZE, &SvgLimits::default()), false, Duration::from_millis(20)).await;
    assert_eq!(drawn, Err(SvgError::Deadline));
    assert!(helper.has_ended());
}

#[cfg(unix)]
#[tokio::test]
async fn invalid_render_response_is_an_error() {
    for script in ["exit 3", "echo hello", "echo '{\"Ok\":{\"bytes\":99999999999,\"remarks\":[]}}'"] {
        let renderer = Renderer::program("/bin/sh", ["-c", script]);
        let drawn = renderer.draw(&svg(""), SIZE, &SvgLimits::default()).await;
        assert!(matches!(drawn, Err(SvgError::Render(_))), "{script}: {drawn:?}");
    }
    let drawn = Renderer::program("/no/such/program", ["x"]).draw(&svg(""), SIZE, &SvgLimits::default()).await;
    assert!(matches!(drawn, Err(SvgError::Render(what)) if what.contains("could not be started")));
}
