use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read as _},
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use image::{ImageFormat, Rgba, RgbaImage};
use tempfile::TempDir;
use tintype_backends::{Format, Size, svg::Renderer};
use tokio::runtime::Runtime;

use super::{
    ExportError, ExportItem, ExportOptions, ExportPlan, ExportReport, ExportTarget, ImageFacts, Loss, prepare, run,
};

const SVG: &str =
    r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"><rect width="40" height="20" fill="red"/></svg>"#;

/// A data directory with images, and a directory to export to.
struct Site {
    dir: TempDir,
    runtime: Runtime,
}

impl Site {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("data/images")).unwrap();
        Self { dir, runtime: Runtime::new().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes a PNG of 40x20 pixels into the library.
    fn png(&self, name: &str) -> ExportItem {
        let mut bytes = Cursor::new(Vec::new());
        RgbaImage::from_pixel(40, 20, Rgba([200, 30, 30, 255])).write_to(&mut bytes, ImageFormat::Png).unwrap();
        self.item(name, Format::Png, &bytes.into_inner())
    }

    fn item(&self, name: &str, format: Format, bytes: &[u8]) -> ExportItem {
        let path = self.path("data/images").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        crate::atomic_file::export(&path, bytes).unwrap();
        let facts = ImageFacts { tags: vec!["fox".into()], prompt: "a fox".into(), ..ImageFacts::default() };
        ExportItem { id: name.to_owned(), path, format, size: Size::new(40, 20), svg: None, facts }
    }

    fn plan(&self, items: Vec<ExportItem>, target: ExportTarget, options: ExportOptions) -> ExportPlan {
        let data_dir = self.path("data");
        ExportPlan { data_dir, items, target, options, overwrite: false, renderer: Renderer::default() }
    }

    fn run(&self, plan: &ExportPlan) -> Result<ExportReport, ExportError> {
        run(plan, self.runtime.handle(), &mut |_| ControlFlow::Continue(()))
    }

    fn out(&self) -> ExportTarget {
        ExportTarget::Directory(self.path("out"))
    }

    fn zip(&self) -> ExportTarget {
        ExportTarget::Archive(self.path("out.zip"))
    }

    /// Returns the names below a directory, sorted.
    fn names(&self, directory: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(directory)).into_iter().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

fn content(archive: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(fs::File::open(archive).unwrap()).unwrap();
    let mut content = BTreeMap::new();
    for index in 0..archive.len() {
        let mut file = archive.by_index(index).unwrap();
        let name = file.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        content.insert(name, bytes);
    }
    content
}

fn dimensions(bytes: &[u8]) -> (u32, u32) {
    let image = image::load_from_memory(bytes).unwrap();
    (image.width(), image.height())
}

#[test]
fn images_are_exported_unchanged_and_with_metadata_beside_them() {
    let site = Site::new();
    let items = vec![site.png("fox.png"), site.png("mug.png")];
    let plan = site.plan(items.clone(), site.out(), ExportOptions { xmp: true, ..ExportOptions::default() });
    let report = site.run(&plan).unwrap();
    assert_eq!(report.written, [site.path("out/fox.png"), site.path("out/mug.png")]);
    assert!(report.failures.is_empty() && report.converted.is_empty());
    assert_eq!(site.names("out"), ["fox.png", "fox.png.xmp", "mug.png", "mug.png.xmp"]);
    assert_eq!(fs::read(site.path("out/fox.png")).unwrap(), fs::read(&items[0].path).unwrap());
    assert!(fs::read_to_string(site.path("out/fox.png.xmp")).unwrap().contains("<rdf:li>fox</rdf:li>"));
}

#[test]
fn converted_files_have_the_extension_of_their_format() {
    let site = Site::new();
    let options = ExportOptions {
        format: Some(Format::Jpeg),
        width: Some(20),
        crop: Some(Size::new(8, 8)),
        ..ExportOptions::default()
    };
    let report = site.run(&site.plan(vec![site.png("fox.png")], site.out(), options)).unwrap();
    assert_eq!(report.written, [site.path("out/fox.jpg")]);
    let bytes = fs::read(&report.written[0]).unwrap();
    assert_eq!((Format::detect(&bytes), dimensions(&bytes)), (Some(Format::Jpeg), (8, 8)));
    assert_eq!((report.converted[0].from, report.converted[0].to), (Format::Png, Format::Jpeg));
}

#[test]
fn same_names_are_numbered_and_identical_in_directory_and_archive() {
    let site = Site::new();
    let items = vec![site.png("a/fox.png"), site.png("b/fox.png"), site.png("c/FOX.png")];
    site.run(&site.plan(items.clone(), site.out(), ExportOptions::default())).unwrap();
    let expected = ["FOX-3.png", "fox-2.png", "fox.png"];
    assert_eq!(site.names("out"), expected);
    let report = site.run(&site.plan(items, site.zip(), ExportOptions::default())).unwrap();
    assert_eq!((report.written, report.exported), (vec![site.path("out.zip")], 3));
    assert_eq!(content(&site.path("out.zip")).into_keys().collect::<Vec<_>>(), expected);
}

#[test]
fn missing_image_is_reported_and_the_rest_is_exported() {
    let site = Site::new();
    let items = vec![site.png("gone.png"), site.png("fox.png")];
    fs::remove_file(&items[0].path).unwrap();
    for target in [site.out(), site.zip()] {
        let report = site.run(&site.plan(items.clone(), target, ExportOptions::default())).unwrap();
        assert_eq!((report.written.len(), report.failures.len(), report.skipped), (1, 1, 0));
        assert!(matches!(&report.failures[0].error, ExportError::Missing(path) if *path == items[0].path));
    }
    assert_eq!((site.names("out"), content(&site.path("out.zip")).len()), (vec!["fox.png".to_owned()], 1));
}

#[test]
fn archive_without_any_image_is_not_written() {
    let site = Site::new();
    let item = site.png("gone.png");
    fs::remove_file(&item.path).unwrap();
    let report = site.run(&site.plan(vec![item], site.zip(), ExportOptions::default())).unwrap();
    assert_eq!((report.written.len(), report.failures.len()), (0, 1));
    assert_eq!(site.names("."), ["data"]);
}

#[test]
fn existing_files_are_named_and_nothing_is_written() {
    let site = Site::new();
    let items: Vec<ExportItem> = (0..5).map(|number| site.png(&format!("{number}.png"))).collect();
    let xmp = ExportOptions { xmp: true, ..ExportOptions::default() };
    site.run(&site.plan(items[1..].to_vec(), site.out(), xmp)).unwrap();
    let before = site.names("out");
    let mut plan = site.plan(items, site.out(), xmp);
    let ExportError::Exists { first, count } = site.run(&plan).unwrap_err() else { panic!("not refused") };
    assert_eq!((first[0].clone(), first.len(), count), (site.path("out/1.png"), 3, 8));
    assert_eq!(site.names("out"), before);
    plan.overwrite = true;
    assert_eq!(site.run(&plan).unwrap().written.len(), 5);
}

#[test]
fn library_is_never_written_to() {
    let site = Site::new();
    let item = site.png("fox.png");
    let before = fs::read(&item.path).unwrap();
    let options = ExportOptions { format: Some(Format::Jpeg), ..ExportOptions::default() };
    for target in [
        ExportTarget::File(item.path.clone()),
        ExportTarget::Directory(site.path("data/images")),
        ExportTarget::Archive(site.path("data/library.zip")),
    ] {
        let plan = ExportPlan { overwrite: true, ..site.plan(vec![item.clone()], target, options) };
        assert!(matches!(site.run(&plan), Err(ExportError::BelongsToLibrary { .. })), "{:?}", plan.target);
    }
    assert_eq!([site.names("data"), site.names("data/images")], [["images"], ["fox.png"]]);
    assert_eq!(fs::read(&item.path).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn link_into_the_library_is_not_followed() {
    let site = Site::new();
    let item = site.png("fox.png");
    fs::create_dir(site.path("out")).unwrap();
    std::os::unix::fs::symlink(&item.path, site.path("out/fox.png")).unwrap();
    let plan = ExportPlan { overwrite: true, ..site.plan(vec![item], site.out(), ExportOptions::default()) };
    assert!(matches!(site.run(&plan), Err(ExportError::BelongsToLibrary { .. })));
}

#[test]
fn stopped_export_keeps_whole_files_and_no_archive() {
    let site = Site::new();
    let items = vec![site.png("a.png"), site.png("b.png"), site.png("c.png")];
    let stop = |plan: &ExportPlan| {
        let after_two = &mut |done| if done == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        run(plan, site.runtime.handle(), after_two).unwrap()
    };
    let report = stop(&site.plan(items.clone(), site.out(), ExportOptions::default()));
    assert_eq!((report.written.len(), report.skipped, report.stopped), (2, 1, true));
    let report = stop(&site.plan(items, site.zip(), ExportOptions::default()));
    assert_eq!((report.written.len(), report.skipped, report.stopped), (0, 3, true));
    assert_eq!(site.names("out"), ["a.png", "b.png"]);
    assert_eq!(site.names("."), ["data", "out"]);
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk_ends_the_export() {
    let site = Site::new();
    let items = vec![site.png("a.png"), site.png("b.png"), site.png("c.png")];
    fs::create_dir(site.path("out")).unwrap();
    std::os::unix::fs::symlink("/dev/full", site.path("out/b.png")).unwrap();
    let report = site.run(&site.plan(items, site.out(), ExportOptions::default())).unwrap();
    assert_eq!((report.written, report.skipped), (vec![site.path("out/a.png")], 1));
    assert!(report.failures[0].error.to_string().ends_with("the disk is full"), "{}", report.failures[0].error);
}

#[test]
fn drawing_is_rendered_at_the_requested_width() {
    let site = Site::new();
    let item = site.item("fox.svg", Format::Svg, SVG.as_bytes());
    let prepared = |options| {
        let image = prepare(&site.plan(vec![item.clone()], site.out(), options), &item, site.runtime.handle()).unwrap();
        (image.format, image.bytes)
    };
    let (format, wide) = prepared(ExportOptions { width: Some(600), ..ExportOptions::default() });
    assert_eq!((format, dimensions(&wide)), (Format::Png, (600, 300)));
    let crop = Some(Size::new(100, 100));
    let (format, cropped) =
        prepared(ExportOptions { format: Some(Format::Jpeg), width: Some(600), crop, ..ExportOptions::default() });
    assert_eq!((format, dimensions(&cropped)), (Format::Jpeg, (100, 100)));
    let (_, pixels) = prepared(ExportOptions { format: Some(Format::Png), ..ExportOptions::default() });
    assert_eq!(dimensions(&pixels), (1024, 512));
    assert_eq!(prepared(ExportOptions::default()), (Format::Svg, SVG.as_bytes().to_vec()));
}

#[test]
fn source_of_a_drawing_is_exported_at_any_size() {
    let site = Site::new();
    let mut item = site.png("fox.png");
    let svg = Some(Format::Svg);
    let plan = site.plan(vec![item.clone()], site.out(), ExportOptions { format: svg, ..ExportOptions::default() });
    assert!(matches!(site.run(&plan).unwrap().failures[0].error, ExportError::NoSource(_)));
    item.svg = Some(site.item("fox.svg", Format::Svg, SVG.as_bytes()).path);
    let options = ExportOptions { format: svg, width: Some(80), ..ExportOptions::default() };
    let report = site.run(&site.plan(vec![item], site.out(), options)).unwrap();
    assert_eq!(report.written, [site.path("out/fox.svg")]);
    assert!(fs::read_to_string(&report.written[0]).unwrap().starts_with(r#"<svg width="80" height="40""#));
}

#[test]
fn lost_content_credentials_are_reported() {
    let site = Site::new();
    let mut signed = fs::read(site.png("plain.png").path).unwrap();
    signed.splice(33..33, *b"\0\0\0\x04caBXdata\0\0\0\0");
    let item = site.item("signed.png", Format::Png, &signed);
    let options = ExportOptions { format: Some(Format::Webp), ..ExportOptions::default() };
    let report = site.run(&site.plan(vec![item.clone()], site.zip(), options)).unwrap();
    assert_eq!(report.converted[0].lost, [Loss::Credentials]);
    let report = site.run(&site.plan(vec![item], site.out(), ExportOptions::default())).unwrap();
    assert_eq!((report.converted, fs::read(site.path("out/signed.png")).unwrap()), (Vec::new(), signed));
}
