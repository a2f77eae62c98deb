use super::*;

fn size() -> Param {
    let free =
        SizeRule { min_edge: 16, max_edge: 3840, multiple_of: 16, min_pixels: 0, max_pixels: u64::MAX, max_ratio: 3 };
    Param::new(
        "size",
        "width and height",
        ParamKind::Size { presets: vec![Size::new(1024, 1024)], auto: true, free: Some(free) },
    )
}

#[test]
fn a_size_is_refused_with_the_rule_it_breaks() {
    let refused = |text: &str| size().parse(text).unwrap_err().expects;
    assert_eq!(refused("1000x1024"), "both edges are multiples of 16");
    assert_eq!(refused("3840x16"), "the long edge is at most 3 times the short one");
    assert_eq!(refused("100000x100000"), "each edge is 16 to 3840 pixels");
    assert!(size().parse("0x0").is_err());
    assert!(size().parse("wide").is_err());
    assert!(size().parse("-1x5").is_err());
}

#[test]
fn sizes_are_kept_in_one_spelling() {
    assert_eq!(size().parse(" 1536X1024 ").unwrap(), Value::from("1536x1024"));
    assert_eq!(size().parse("1536×1024").unwrap(), Value::from("1536x1024"));
    assert_eq!(size().parse("AUTO").unwrap(), Value::from("auto"));
}

#[test]
fn a_conditional_setting_follows_the_other_one() {
    let compression = Param::integer("compression", "how hard", 0, 100).when("format", ["jpeg".into(), "webp".into()]);
    let mut settings = Settings::new();
    assert!(!compression.applies(&settings));
    settings.insert("format".into(), "jpeg".into());
    assert!(compression.applies(&settings));
}

#[test]
fn a_rejection_names_the_accepted_values() {
    let quality = Param::choice("quality", "how fine", &["low", "high"]);
    assert_eq!(quality.parse("best").unwrap_err().to_string(), "`quality` does not take `best`: one of low, high");
}

#[test]
fn a_keyword_is_accepted_besides_the_values_of_the_type() {
    let seed = Param::integer("seed", "where it begins", 0, 9).with_keyword("random").with_default("random");
    assert_eq!(seed.parse(" random ").unwrap(), Value::from("random"));
    assert_eq!((seed.check(&"random".into()), seed.check(&7.into())), (Ok(()), Ok(())));
    let refused = "`seed` does not take `often`: a whole number from 0 to 9, or random";
    assert_eq!(seed.parse("often").unwrap_err().to_string(), refused);
    let strength = Param::new("strength", "how much", ParamKind::Decimal { min: 0.0, max: 1.0 }).with_keyword("auto");
    assert_eq!(strength.to_json(&strength.parse("auto").unwrap()), serde_json::json!("auto"));
    let read: Param = serde_json::from_value(serde_json::to_value(&seed).unwrap()).unwrap();
    assert_eq!(read, seed);
}

#[test]
fn color_and_color_are_both_accepted() {
    let style = Param::choice("style", "drawing style", &["color", "pencil"]);
    assert_eq!(style.parse("colour").unwrap(), Value::from("color"));
    assert_eq!(style.check(&"colour".into()), Ok(()), "as in older configs and jobs");
    assert!(style.parse("colr").is_err());
    let theirs = Param::choice("mode", "as its provider spells it", &["full_colour"]);
    assert_eq!(theirs.parse("full_color").unwrap(), Value::from("full_colour"));
}

#[test]
fn number_with_decimals_is_kept_in_one_spelling() {
    let strength = Param::new("strength", "how much", ParamKind::Decimal { min: 0.0, max: 1.0 });
    assert_eq!(strength.parse("0.750").unwrap(), Value::from("0.75"));
    assert_eq!(strength.to_json(&strength.parse(".5").unwrap()), serde_json::json!(0.5));
    assert_eq!(strength.check(&serde_json::from_str("0.5").unwrap()), Ok(()));
    assert_eq!(strength.check(&Value::Integer(1)), Ok(()));
    for wrong in ["1.5", "much", "NaN", "inf"] {
        assert_eq!(strength.parse(wrong).unwrap_err().expects, "a number from 0 to 1");
    }
}

#[test]
fn a_list_is_separated_by_commas() {
    let choices = vec![Cow::Borrowed("grain"), Cow::Borrowed("glow")];
    let looks = Param::new("looks", "what is added", ParamKind::List { choices, max_items: 2 });
    let value = looks.parse("grain,glow ,").unwrap();
    assert_eq!((value.clone(), looks.to_json(&value)), ("grain, glow".into(), serde_json::json!(["grain", "glow"])));
    assert_eq!(serde_json::from_str::<Value>(r#"["grain","glow"]"#).unwrap(), value);
    assert_eq!(looks.parse("grian").unwrap_err().hint().unwrap(), "did you mean `grain`?");
    assert!(looks.parse("grain, glow, grain").is_err());
}

#[test]
fn a_param_survives_json() {
    let param = size().with_default("auto");
    let json = serde_json::to_string(&param).unwrap();
    assert_eq!(serde_json::from_str::<Param>(&json).unwrap(), param);
}
