//! The scene: words for places, hours and weather, and how they combine. `backdrop` draws the result.

/// The ground of a scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum GroundKind {
    /// An unspecified place: a wall and a floor.
    #[default]
    Studio,
    Sea,
    Meadow,
    Snow,
    Sand,
    Street,
    Space,
    Underwater,
    Room,
}

/// A feature at the horizon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HorizonFeature {
    Mountains,
    Forest,
    City,
    Hills,
    Islands,
    Dunes,
}

/// The time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Hour {
    #[default]
    Day,
    Sunset,
    Night,
}

/// The weather.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Weather {
    #[default]
    Clear,
    Clouds,
    Rain,
    Snow,
    Fog,
}

/// The place, the time of day and the weather.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SketchScene {
    pub ground: GroundKind,
    pub far: Vec<HorizonFeature>,
    pub hour: Hour,
    pub weather: Weather,
    pub rainbow: bool,
}

/// The meaning of one word for the scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SceneHint {
    Ground(GroundKind),
    Far(HorizonFeature, GroundKind),
    Hour(Hour),
    Weather(Weather),
    Rainbow,
    Snow,
}

const WORDS: &[(&str, SceneHint)] = &[
    ("sea", SceneHint::Ground(GroundKind::Sea)),
    ("seaside", SceneHint::Ground(GroundKind::Sea)),
    ("ocean", SceneHint::Ground(GroundKind::Sea)),
    ("beach", SceneHint::Ground(GroundKind::Sea)),
    ("coast", SceneHint::Ground(GroundKind::Sea)),
    ("shore", SceneHint::Ground(GroundKind::Sea)),
    ("bay", SceneHint::Ground(GroundKind::Sea)),
    ("harbour", SceneHint::Ground(GroundKind::Sea)),
    ("harbor", SceneHint::Ground(GroundKind::Sea)),
    ("lake", SceneHint::Far(HorizonFeature::Forest, GroundKind::Sea)),
    ("river", SceneHint::Far(HorizonFeature::Hills, GroundKind::Sea)),
    ("pond", SceneHint::Far(HorizonFeature::Forest, GroundKind::Sea)),
    ("water", SceneHint::Ground(GroundKind::Sea)),
    ("wave", SceneHint::Ground(GroundKind::Sea)),
    ("island", SceneHint::Far(HorizonFeature::Islands, GroundKind::Sea)),
    ("mountain", SceneHint::Far(HorizonFeature::Mountains, GroundKind::Meadow)),
    ("alps", SceneHint::Far(HorizonFeature::Mountains, GroundKind::Meadow)),
    ("hill", SceneHint::Far(HorizonFeature::Hills, GroundKind::Meadow)),
    ("valley", SceneHint::Far(HorizonFeature::Mountains, GroundKind::Meadow)),
    ("forest", SceneHint::Far(HorizonFeature::Forest, GroundKind::Meadow)),
    ("wood", SceneHint::Far(HorizonFeature::Forest, GroundKind::Meadow)),
    ("woods", SceneHint::Far(HorizonFeature::Forest, GroundKind::Meadow)),
    ("jungle", SceneHint::Far(HorizonFeature::Forest, GroundKind::Meadow)),
    ("city", SceneHint::Far(HorizonFeature::City, GroundKind::Street)),
    ("town", SceneHint::Far(HorizonFeature::City, GroundKind::Street)),
    ("street", SceneHint::Far(HorizonFeature::City, GroundKind::Street)),
    ("road", SceneHint::Far(HorizonFeature::Hills, GroundKind::Street)),
    ("skyline", SceneHint::Far(HorizonFeature::City, GroundKind::Street)),
    ("downtown", SceneHint::Far(HorizonFeature::City, GroundKind::Street)),
    ("desert", SceneHint::Far(HorizonFeature::Dunes, GroundKind::Sand)),
    ("dune", SceneHint::Far(HorizonFeature::Dunes, GroundKind::Sand)),
    ("sand", SceneHint::Far(HorizonFeature::Dunes, GroundKind::Sand)),
    ("space", SceneHint::Ground(GroundKind::Space)),
    ("outer space", SceneHint::Ground(GroundKind::Space)),
    ("galaxy", SceneHint::Ground(GroundKind::Space)),
    ("universe", SceneHint::Ground(GroundKind::Space)),
    ("cosmos", SceneHint::Ground(GroundKind::Space)),
    ("meadow", SceneHint::Far(HorizonFeature::Hills, GroundKind::Meadow)),
    ("field", SceneHint::Far(HorizonFeature::Hills, GroundKind::Meadow)),
    ("grass", SceneHint::Far(HorizonFeature::Hills, GroundKind::Meadow)),
    ("garden", SceneHint::Far(HorizonFeature::Forest, GroundKind::Meadow)),
    ("park", SceneHint::Far(HorizonFeature::Forest, GroundKind::Meadow)),
    ("countryside", SceneHint::Far(HorizonFeature::Hills, GroundKind::Meadow)),
    ("farm", SceneHint::Far(HorizonFeature::Hills, GroundKind::Meadow)),
    ("lawn", SceneHint::Far(HorizonFeature::Hills, GroundKind::Meadow)),
    ("underwater", SceneHint::Ground(GroundKind::Underwater)),
    ("under water", SceneHint::Ground(GroundKind::Underwater)),
    ("under the sea", SceneHint::Ground(GroundKind::Underwater)),
    ("under the ocean", SceneHint::Ground(GroundKind::Underwater)),
    ("reef", SceneHint::Ground(GroundKind::Underwater)),
    ("aquarium", SceneHint::Ground(GroundKind::Underwater)),
    ("room", SceneHint::Ground(GroundKind::Room)),
    ("living room", SceneHint::Ground(GroundKind::Room)),
    ("bedroom", SceneHint::Ground(GroundKind::Room)),
    ("kitchen", SceneHint::Ground(GroundKind::Room)),
    ("indoors", SceneHint::Ground(GroundKind::Room)),
    ("office", SceneHint::Ground(GroundKind::Room)),
    ("night", SceneHint::Hour(Hour::Night)),
    ("midnight", SceneHint::Hour(Hour::Night)),
    ("moonlight", SceneHint::Hour(Hour::Night)),
    ("starry", SceneHint::Hour(Hour::Night)),
    ("stars", SceneHint::Hour(Hour::Night)),
    ("dark", SceneHint::Hour(Hour::Night)),
    ("sunset", SceneHint::Hour(Hour::Sunset)),
    ("sunrise", SceneHint::Hour(Hour::Sunset)),
    ("dusk", SceneHint::Hour(Hour::Sunset)),
    ("dawn", SceneHint::Hour(Hour::Sunset)),
    ("evening", SceneHint::Hour(Hour::Sunset)),
    ("morning", SceneHint::Hour(Hour::Sunset)),
    ("golden hour", SceneHint::Hour(Hour::Sunset)),
    ("day", SceneHint::Hour(Hour::Day)),
    ("noon", SceneHint::Hour(Hour::Day)),
    ("sky", SceneHint::Hour(Hour::Day)),
    ("sunny", SceneHint::Hour(Hour::Day)),
    ("summer", SceneHint::Far(HorizonFeature::Hills, GroundKind::Meadow)),
    ("spring", SceneHint::Far(HorizonFeature::Hills, GroundKind::Meadow)),
    ("snow", SceneHint::Snow),
    ("snowy", SceneHint::Snow),
    ("snowing", SceneHint::Snow),
    ("winter", SceneHint::Snow),
    ("snowfall", SceneHint::Snow),
    ("ice", SceneHint::Ground(GroundKind::Snow)),
    ("arctic", SceneHint::Ground(GroundKind::Snow)),
    ("rain", SceneHint::Weather(Weather::Rain)),
    ("rainy", SceneHint::Weather(Weather::Rain)),
    ("raining", SceneHint::Weather(Weather::Rain)),
    ("storm", SceneHint::Weather(Weather::Rain)),
    ("stormy", SceneHint::Weather(Weather::Rain)),
    ("fog", SceneHint::Weather(Weather::Fog)),
    ("foggy", SceneHint::Weather(Weather::Fog)),
    ("mist", SceneHint::Weather(Weather::Fog)),
    ("misty", SceneHint::Weather(Weather::Fog)),
    ("cloudy", SceneHint::Weather(Weather::Clouds)),
    ("clouds", SceneHint::Weather(Weather::Clouds)),
    ("rainbow", SceneHint::Rainbow),
];

/// Returns the meaning of a word (lowercase, singular or as written) for the scene.
pub(super) fn hint(word: &str) -> Option<SceneHint> {
    WORDS.iter().find(|(name, _)| *name == word).map(|(_, hint)| *hint)
}

impl SketchScene {
    /// Combines all hints into a scene, given whether a moon or a sun is in the sky.
    pub(super) fn from_hints(hints: &[SceneHint], moon: bool, sun: bool) -> Self {
        let mut scene = Self::default();
        let mut hour = None;
        let mut offered = None;
        for hint in hints {
            match *hint {
                SceneHint::Ground(ground) => scene.set_ground(ground),
                SceneHint::Far(far, ground) => {
                    scene.add_far(far);
                    offered = offered.or(Some(ground));
                }
                SceneHint::Hour(said) => hour = hour.or(Some(said)),
                SceneHint::Weather(weather) => scene.weather = weather,
                SceneHint::Rainbow => scene.rainbow = true,
                SceneHint::Snow => {
                    scene.weather = Weather::Snow;
                    scene.set_ground(GroundKind::Snow);
                }
            }
        }
        if let Some(ground) = offered.filter(|_| scene.ground == GroundKind::Studio) {
            scene.ground = ground;
        }
        let outside = hour.is_some() || moon || sun || scene.rainbow || scene.weather != Weather::Clear;
        if scene.ground == GroundKind::Studio && outside {
            scene.ground = GroundKind::Meadow;
        }
        if scene.far.is_empty() && matches!(scene.ground, GroundKind::Meadow | GroundKind::Snow) {
            scene.far.push(HorizonFeature::Hills);
        }
        scene.hour = hour.unwrap_or(if moon && !sun { Hour::Night } else { Hour::Day });
        scene
    }

    /// Returns true if the scene has a sky.
    pub(super) fn has_sky(&self) -> bool {
        !matches!(self.ground, GroundKind::Studio | GroundKind::Room | GroundKind::Underwater)
    }

    fn set_ground(&mut self, ground: GroundKind) {
        if self.ground == GroundKind::Studio {
            self.ground = ground;
        }
    }

    fn add_far(&mut self, far: HorizonFeature) {
        if !self.far.contains(&far) {
            self.far.push(far);
        }
    }
}
