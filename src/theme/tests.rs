use std::{fs::File, io::Write, path::Path};

use pretty_assertions::assert_eq;
use ratatui::style::{Color, Modifier};

use super::{
    contrast::{MIN_TEXT_CONTRAST, contrast},
    *,
};

/// Roles for lines and areas, which never contain text.
const NON_TEXT_ROLES: [Role; 7] =
    [Role::Border, Role::BorderFocused, Role::Gauge, Role::GaugeTrack, Role::PopupBorder, Role::Scrollbar, Role::Matte];

fn shipped() -> impl Iterator<Item = Theme> {
    let themes = Themes::built_in();
    let names: Vec<String> = themes.names().into_iter().map(str::to_owned).collect();
    names.into_iter().map(move |name| themes.get(&name).unwrap())
}

/// Returns the text and background pairs of a theme whose known contrast is too low.
fn unreadable(theme: &Theme) -> Vec<String> {
    let mut bad = Vec::new();
    for role in Role::ALL.iter().filter(|role| !NON_TEXT_ROLES.contains(role)) {
        let style = theme.style(*role);
        let text_backgrounds = style.bg.map_or_else(|| theme.text_backgrounds(), |bg| vec![bg]);
        let pairs = text_backgrounds.into_iter().filter_map(|bg| Some((bg, contrast(style.fg?, bg)?)));
        for (bg, contrast) in pairs.filter(|(_, contrast)| *contrast < MIN_TEXT_CONTRAST) {
            bad.push(format!("{}: {} on {bg} has {contrast:.2}", theme.name(), role.name()));
        }
    }
    bad
}

fn own(files: &[(&str, &str)]) -> Themes {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        File::create(dir.path().join(name)).unwrap().write_all(text.as_bytes()).unwrap();
    }
    Themes::load(Some(dir.path()))
}

fn warnings(theme: &Theme) -> Vec<String> {
    let line = |warning: &Diagnostic| {
        let headline = warning.headline();
        headline.rsplit_once('/').map_or(headline.clone(), |(_, name)| name.to_owned())
    };
    theme.warnings().iter().map(line).collect()
}

#[test]
fn shipped_themes_cover_dark_light_and_terminal() {
    let names: Vec<String> = shipped().map(|theme| theme.name().to_owned()).collect();
    assert!(names.len() >= 8, "{names:?}");
    for name in ["tintype", "daylight", "terminal", "high-contrast"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    assert!(shipped().filter(|theme| !theme.is_dark()).count() >= 3);
    assert!(Theme::default().is_dark() && Theme::default().name() == DEFAULT_THEME);
}

#[test]
fn every_shipped_theme_is_complete() {
    for theme in shipped() {
        assert_eq!(theme.warnings(), [], "{}", theme.name());
        assert!(theme.about().ends_with('.'), "{}", theme.name());
        for role in Role::ALL {
            assert!(theme.style(*role) != Style::new(), "{} has nothing for {}", theme.name(), role.name());
        }
        for role in [Role::Text, Role::Popup, Role::Header] {
            let style = theme.style(role);
            assert!(style.fg.is_some() && style.bg.is_some(), "{}: {}", theme.name(), role.name());
        }
    }
}

#[test]
fn every_shipped_theme_is_readable_at_every_depth() {
    for theme in shipped() {
        for depth in [ThemeColorDepth::True, ThemeColorDepth::Indexed256, ThemeColorDepth::Ansi16] {
            assert_eq!(unreadable(&theme.adapted(depth)), Vec::<String>::new(), "at {depth:?}");
        }
    }
}

#[test]
fn shipped_themes_define_their_colors() {
    for theme in shipped().filter(|theme| theme.name() != "terminal") {
        let known = theme.text_backgrounds().iter().all(|ground| matches!(ground, Color::Rgb(..)));
        assert!(known, "cannot compute the contrast of {}", theme.name());
    }
}

#[test]
fn adapted_themes_stay_within_the_palette() {
    let is_within = |depth, color| match depth {
        ThemeColorDepth::True => true,
        ThemeColorDepth::Indexed256 => !matches!(color, Color::Rgb(..)),
        ThemeColorDepth::Ansi16 => !matches!(color, Color::Rgb(..) | Color::Indexed(_)),
    };
    for depth in [ThemeColorDepth::Indexed256, ThemeColorDepth::Ansi16] {
        for theme in shipped().map(|theme| theme.adapted(depth)) {
            let mut colors = Role::ALL.iter().flat_map(|role| [theme.style(*role).fg, theme.style(*role).bg]).flatten();
            assert!(colors.all(|color| is_within(depth, color)), "{} at {depth:?}", theme.name());
        }
    }
}

#[test]
fn prominent_roles_stand_out_in_every_theme() {
    for theme in shipped().chain([Theme::without_color()]) {
        for role in Role::ALL.iter().copied().filter(|role| role.must_stand_out()) {
            assert!(theme.style(role) != theme.style(Role::Text), "{}: {}", theme.name(), role.name());
        }
        assert!(theme.style(Role::Selection) != theme.style(Role::SelectionUnfocused), "{}", theme.name());
        assert!(theme.style(Role::Border) != theme.style(Role::BorderFocused), "{}", theme.name());
    }
}

#[test]
fn without_color_there_is_no_color() {
    let theme = Theme::without_color();
    assert!(Role::ALL.iter().all(|role| theme.style(*role).fg.is_none() && theme.style(*role).bg.is_none()));
    assert!(theme.style(Role::Selection).add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn theme_may_override_only_the_palette() {
    let themes = own(&[("rust.toml", "inherits = \"tintype\"\n[palette]\naccent = \"#f00\"")]);
    let (rust, base) = (themes.get("rust").unwrap(), themes.get("tintype").unwrap());
    assert_eq!(rust.style(Role::Title).fg, Some(Color::Rgb(255, 0, 0)));
    assert_eq!(rust.style(Role::Text), base.style(Role::Text));
    assert_eq!(warnings(&rust), [""; 0]);
    assert!(themes.is_custom("rust") && !themes.is_custom("tintype"));
}

#[test]
fn custom_theme_may_extend_its_namesake() {
    let themes = own(&[("nord.toml", "inherits = \"nord\"\n[roles]\nmoney = \"#ff0000\"")]);
    let nord = themes.get("nord").unwrap();
    assert_eq!(nord.style(Role::Money).fg, Some(Color::Rgb(255, 0, 0)));
    assert_eq!(nord.style(Role::Text), Themes::built_in().get("nord").unwrap().style(Role::Text));
    assert_eq!(warnings(&nord), [""; 0]);
}

#[test]
fn inheritance_cycles_end() {
    let themes = own(&[("a.toml", "inherits = \"b\""), ("b.toml", "inherits = \"a\"")]);
    assert_eq!(warnings(&themes.get("a").unwrap()), ["b.toml:1:12: `a` inherits from itself"]);
}

#[test]
fn errors_are_warnings_and_the_rest_applies() {
    let text = "abuot = \"x\"\ninherits = \"tintyp\"\n[palette]\nink = \"#12345\"\nred2 = \"#ff0000\"\n[roles]\n\
                money = \"red3\"\nerrr = \"red\"\nerror = { fg = \"red2\", modifiers = [\"bald\"] }\nmatte = 17";
    let themes = own(&[("odd.toml", text)]);
    let odd = themes.get("odd").unwrap();
    let expected = [
        "odd.toml:1:1: unknown key `abuot`",
        "odd.toml:8:1: unknown role `errr`",
        "odd.toml:4:7: `#12345` is not a color",
        "odd.toml:9:36: there is no modifier `bald`",
        "odd.toml:7:9: `red3` is not a color",
        "odd.toml:2:12: there is no theme `tintyp`",
    ];
    assert_eq!(warnings(&odd), expected);
    assert_eq!(odd.warnings()[4].hint.as_deref(), Some("did you mean `red2`?"));
    assert_eq!(odd.style(Role::Error).fg, Some(Color::Rgb(255, 0, 0)));
    assert_eq!(odd.style(Role::Matte).fg, Some(Color::Indexed(17)));
}

#[test]
fn a_role_falls_back_on_its_parent() {
    let themes = own(&[("few.toml", "[roles]\ntext = { fg = \"white\", bg = \"black\" }\naccent = \"cyan\"")]);
    let few = themes.get("few").unwrap();
    assert_eq!(few.style(Role::PopupBorder).fg, Some(Color::Cyan));
    assert_eq!(few.style(Role::Money), few.style(Role::Text));
    assert!(few.style(Role::Marked).add_modifier.contains(Modifier::REVERSED));
}

#[test]
fn unknown_theme_gets_a_suggestion() {
    let error = Themes::built_in().get("gruvbox").unwrap_err();
    assert_eq!(error.to_string(), "there is no theme `gruvbox`");
    assert_eq!(error.hint(), Some("did you mean `gruvbox-dark`?"));
}

#[test]
fn a_broken_file_is_an_error_of_that_theme_only() {
    let themes = own(&[("broken.toml", "[roles\n")]);
    assert!(matches!(themes.get("broken"), Err(ThemeError::Broken(_))));
    assert!(themes.get("tintype").is_ok());
    assert!(Themes::load(Some(Path::new("/nowhere/at/all"))).warnings().is_empty());
}

#[test]
fn roles_are_in_the_order_of_their_styles() {
    for (index, role) in Role::ALL.iter().enumerate() {
        assert_eq!(*role as usize, index);
        assert_eq!(Role::from_name(role.name()), Some(*role));
    }
}

#[test]
fn the_readme_lists_every_role() {
    let readme = include_str!("../../themes/README.md");
    for role in Role::ALL {
        let parent = role.fallback().map(|parent| format!(" → `{}`", parent.name())).unwrap_or_default();
        let row = format!("| `{}`{parent} | {} |", role.name(), role.about());
        assert!(readme.contains(&row), "{row}");
    }
}

#[test]
fn readme_example_is_valid() {
    let readme = include_str!("../../themes/README.md");
    let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(warnings(&own(&[("rust.toml", example)]).get("rust").unwrap()), [""; 0]);
}
