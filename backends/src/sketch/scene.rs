//! The scene: words for places, hours and weather, and how they combine. `backdrop` draws the result.

/// The ground of a scene.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ground {
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
pub(super) enum Far {
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
pub(super) struct Scene {
    pub ground: Ground,
    pub far: Vec<Far>,
    pub hour: Hour,
    pub weather: Weather,
    pub rainbow: bool,
}

/// The meaning of one word for the scene.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hint {
    Ground(Ground),
    Far(Far, Ground),
    Hour(Hour),
    Weather(Weather),
    Rainbow,
    Snow,
}

const WORDS: &[(&str, Hint)] = &[
    ("sea", Hint::Ground(Ground::Sea)),
    ("seaside", Hint::Ground(Ground::Sea)),
    ("ocean", Hint::Ground(Ground::Sea)),
    ("beach", Hint::Ground(Ground::Sea)),
    ("coast", Hint::Ground(Ground::Sea)),
    ("shore", Hint::Ground(Ground::Sea)),
    ("bay", Hint::Ground(Ground::Sea)),
    ("harbour", Hint::Ground(Ground::Sea)),
    ("harbor", Hint::Ground(Ground::Sea)),
    ("lake", Hint::Far(Far::Forest, Ground::Sea)),
    ("river", Hint::Far(Far::Hills, Ground::Sea)),
    ("pond", Hint::Far(Far::Forest, Ground::Sea)),
    ("water", Hint::Ground(Ground::Sea)),
    ("wave", Hint::Ground(Ground::Sea)),
    ("island", Hint::Far(Far::Islands, Ground::Sea)),
    ("mountain", Hint::Far(Far::Mountains, Ground::Meadow)),
    ("alps", Hint::Far(Far::Mountains, Ground::Meadow)),
    ("hill", Hint::Far(Far::Hills, Ground::Meadow)),
    ("valley", Hint::Far(Far::Mountains, Ground::Meadow)),
    ("forest", Hint::Far(Far::Forest, Ground::Meadow)),
    ("wood", Hint::Far(Far::Forest, Ground::Meadow)),
    ("woods", Hint::Far(Far::Forest, Ground::Meadow)),
    ("jungle", Hint::Far(Far::Forest, Ground::Meadow)),
    ("city", Hint::Far(Far::City, Ground::Street)),
    ("town", Hint::Far(Far::City, Ground::Street)),
    ("street", Hint::Far(Far::City, Ground::Street)),
    ("road", Hint::Far(Far::Hills, Ground::Street)),
    ("skyline", Hint::Far(Far::City, Ground::Street)),
    ("downtown", Hint::Far(Far::City, Ground::Street)),
    ("desert", Hint::Far(Far::Dunes, Ground::Sand)),
    ("dune", Hint::Far(Far::Dunes, Ground::Sand)),
    ("sand", Hint::Far(Far::Dunes, Ground::Sand)),
    ("space", Hint::Ground(Ground::Space)),
    ("outer space", Hint::Ground(Ground::Space)),
    ("galaxy", Hint::Ground(Ground::Space)),
    ("universe", Hint::Ground(Ground::Space)),
    ("cosmos", Hint::Ground(Ground::Space)),
    ("meadow", Hint::Far(Far::Hills, Ground::Meadow)),
    ("field", Hint::Far(Far::Hills, Ground::Meadow)),
    ("grass", Hint::Far(Far::Hills, Ground::Meadow)),
    ("garden", Hint::Far(Far::Forest, Ground::Meadow)),
    ("park", Hint::Far(Far::Forest, Ground::Meadow)),
    ("countryside", Hint::Far(Far::Hills, Ground::Meadow)),
    ("farm", Hint::Far(Far::Hills, Ground::Meadow)),
    ("lawn", Hint::Far(Far::Hills, Ground::Meadow)),
    ("underwater", Hint::Ground(Ground::Underwater)),
    ("under water", Hint::Ground(Ground::Underwater)),
    ("under the sea", Hint::Ground(Ground::Underwater)),
    ("under the ocean", Hint::Ground(Ground::Underwater)),
    ("reef", Hint::Ground(Ground::Underwater)),
    ("aquarium", Hint::Ground(Ground::Underwater)),
    ("room", Hint::Ground(Ground::Room)),
    ("living room", Hint::Ground(Ground::Room)),
    ("bedroom", Hint::Ground(Ground::Room)),
    ("kitchen", Hint::Ground(Ground::Room)),
    ("indoors", Hint::Ground(Ground::Room)),
    ("office", Hint::Ground(Ground::Room)),
    ("night", Hint::Hour(Hour::Night)),
    ("midnight", Hint::Hour(Hour::Night)),
    ("moonlight", Hint::Hour(Hour::Night)),
    ("starry", Hint::Hour(Hour::Night)),
    ("stars", Hint::Hour(Hour::Night)),
    ("dark", Hint::Hour(Hour::Night)),
    ("sunset", Hint::Hour(Hour::Sunset)),
    ("sunrise", Hint::Hour(Hour::Sunset)),
    ("dusk", Hint::Hour(Hour::Sunset)),
    ("dawn", Hint::Hour(Hour::Sunset)),
    ("evening", Hint::Hour(Hour::Sunset)),
    ("morning", Hint::Hour(Hour::Sunset)),
    ("golden hour", Hint::Hour(Hour::Sunset)),
    ("day", Hint::Hour(Hour::Day)),
    ("noon", Hint::Hour(Hour::Day)),
    ("sky", Hint::Hour(Hour::Day)),
    ("sunny", Hint::Hour(Hour::Day)),
    ("summer", Hint::Far(Far::Hills, Ground::Meadow)),
    ("spring", Hint::Far(Far::Hills, Ground::Meadow)),
    ("snow", Hint::Snow),
    ("snowy", Hint::Snow),
    ("snowing", Hint::Snow),
    ("winter", Hint::Snow),
    ("snowfall", Hint::Snow),
    ("ice", Hint::Ground(Ground::Snow)),
    ("arctic", Hint::Ground(Ground::Snow)),
    ("rain", Hint::Weather(Weather::Rain)),
    ("rainy", Hint::Weather(Weather::Rain)),
    ("raining", Hint::Weather(Weather::Rain)),
    ("storm", Hint::Weather(Weather::Rain)),
    ("stormy", Hint::Weather(Weather::Rain)),
    ("fog", Hint::Weather(Weather::Fog)),
    ("foggy", Hint::Weather(Weather::Fog)),
    ("mist", Hint::Weather(Weather::Fog)),
    ("misty", Hint::Weather(Weather::Fog)),
    ("cloudy", Hint::Weather(Weather::Clouds)),
    ("clouds", Hint::Weather(Weather::Clouds)),
    ("rainbow", Hint::Rainbow),
];

/// Returns the meaning of a word (lowercase, singular or as written) for the scene.
pub(super) fn hint(word: &str) -> Option<Hint> {
    WORDS.iter().find(|(name, _)| *name == word).map(|(_, hint)| *hint)
}

impl Scene {
    /// Combines all hints into a scene, given whether a moon or a sun is in the sky.
    pub(super) fn of(hints: &[Hint], moon: bool, sun: bool) -> Self {
        let mut scene = Self::default();
        let mut hour = None;
        let mut offered = None;
        for hint in hints {
            match *hint {
                Hint::Ground(ground) => scene.set_ground(ground),
                Hint::Far(far, ground) => {
                    scene.add_far(far);
                    offered = offered.or(Some(ground));
                }
                Hint::Hour(said) => hour = hour.or(Some(said)),
                Hint::Weather(weather) => scene.weather = weather,
                Hint::Rainbow => scene.rainbow = true,
                Hint::Snow => {
                    scene.weather = Weather::Snow;
                    scene.set_ground(Ground::Snow);
                }
            }
        }
        if let Some(ground) = offered.filter(|_| scene.ground == Ground::Studio) {
            scene.ground = ground;
        }
        let outside = hour.is_some() || moon || sun || scene.rainbow || scene.weather != Weather::Clear;
        if scene.ground == Ground::Studio && outside {
            scene.ground = Ground::Meadow;
        }
        if scene.far.is_empty() && matches!(scene.ground, Ground::Meadow | Ground::Snow) {
            scene.far.push(Far::Hills);
        }
        scene.hour = hour.unwrap_or(if moon && !sun { Hour::Night } else { Hour::Day });
        scene
    }

    /// Returns true if the scene has a sky.
    pub(super) fn has_sky(&self) -> bool {
        !matches!(self.ground, Ground::Studio | Ground::Room | Ground::Underwater)
    }

    fn set_ground(&mut self, ground: Ground) {
        if self.ground == Ground::Studio {
            self.ground = ground;
        }
    }

    fn add_far(&mut self, far: Far) {
        if !self.far.contains(&far) {
            self.far.push(far);
        }
    }
}
