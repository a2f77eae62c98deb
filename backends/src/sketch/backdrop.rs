//! The scene behind the things: sky, horizon and ground, and the weather in front of everything. Things named in the
//! prompt are not drawn here, except those that define a place.

use super::{
    color::Rgb,
    daylight::in_daylight,
    horizon,
    layout::{LayoutFrame, SHORT_EDGE},
    rng::Rng,
    scene::{GroundKind, Hour, SketchScene, Weather},
    svg_writer::{SvgWriter, wavy_line},
};

/// The inputs of the backdrop.
pub(super) struct Backdrop<'a> {
    pub scene: &'a SketchScene,
    pub frame: LayoutFrame,
    pub horizon: f32,
    /// The lower edge of the farthest thing.
    pub farthest_bottom: f32,
    pub rng: Rng,
    /// The positions of sun and moon, and the colors of their reflections on water.
    pub lights: Vec<(f32, Rgb)>,
}

/// Color sets of a studio: wall top, wall bottom, floor far, floor near.
const STUDIOS: &[[u32; 4]] = &[
    [0x00fd_f3e1, 0x00f8_dcb8, 0x00e2_b085, 0x00cf_946a],
    [0x00e8_f5f0, 0x00c3_e2d9, 0x008f_bfb3, 0x0074_a598],
    [0x00ec_f1fc, 0x00c8_d5f3, 0x0094_a7d6, 0x007b_8fc2],
    [0x00fc_edf0, 0x00f3_cad5, 0x00d4_94a8, 0x00bd_7b92],
    [0x00f6_f2ea, 0x00e0_d8c6, 0x00b6_a88d, 0x009d_8f76],
    [0x00f0_ebfa, 0x00d3_c6ee, 0x00a3_91cd, 0x008b_79b7],
];

impl Backdrop<'_> {
    /// Draws everything that is behind the things.
    pub(super) fn draw(&mut self, canvas: &mut SvgWriter) {
        match self.scene.ground {
            GroundKind::Studio => self.studio(canvas),
            GroundKind::Room => self.room(canvas),
            GroundKind::Underwater => self.underwater(canvas),
            GroundKind::Space => self.space(canvas),
            _ => self.outside(canvas),
        }
    }

    fn outside(&mut self, canvas: &mut SvgWriter) {
        self.sky(canvas);
        if self.scene.hour == Hour::Night {
            self.stars(canvas, self.horizon * 0.92);
        }
        if self.scene.rainbow {
            self.rainbow(canvas);
        }
        if self.clouded() {
            self.clouds(canvas);
        }
        horizon::draw(canvas, self.scene, self.frame, self.horizon, &mut self.rng);
        match self.scene.ground {
            GroundKind::Sea => self.sea(canvas),
            GroundKind::Street => self.street(canvas),
            _ => self.land(canvas),
        }
    }

    fn clouded(&mut self) -> bool {
        match self.scene.weather {
            Weather::Clear => self.scene.hour == Hour::Day,
            Weather::Fog => false,
            Weather::Clouds | Weather::Rain | Weather::Snow => true,
        }
    }

    fn sky(&self, canvas: &mut SvgWriter) {
        let stops = sky(self.scene);
        canvas.rectangle(
            0.0,
            0.0,
            self.frame.width,
            self.frame.height,
            &stops.map(|(offset, color)| (offset * self.horizon / self.frame.height, color)),
        );
    }

    fn stars(&mut self, canvas: &mut SvgWriter, down_to: f32) {
        let count = (self.frame.width * down_to / 6500.0).clamp(20.0, 260.0) as usize;
        for _ in 0..count {
            let place = (self.rng.between(0.0, self.frame.width), self.rng.between(0.0, down_to));
            let size = self.rng.between(0.8, 2.6);
            let faint = 1.0 - 0.6 * place.1 / down_to;
            canvas.ellipse(place, (size, size), Rgb::hex(0x00ff_f8e0), self.rng.between(0.35, 1.0) * faint);
        }
    }

    fn clouds(&mut self, canvas: &mut SvgWriter) {
        let heavy = matches!(self.scene.weather, Weather::Rain | Weather::Clouds | Weather::Snow);
        let count = (self.frame.width / if heavy { 190.0 } else { 330.0 }).clamp(2.0, 24.0) as usize;
        let white = in_daylight(self.scene, Rgb::hex(if heavy { 0x00d9_dee6 } else { 0x00ff_ffff }));
        for at in 0..count {
            let x = self.frame.width * (at as f32 + self.rng.between(0.15, 0.85)) / count as f32;
            let y = self.horizon * self.rng.between(0.10, if heavy { 0.38 } else { 0.55 });
            let size = self.rng.between(60.0, 120.0) * if heavy { 1.5 } else { 1.0 };
            let opacity = if heavy { 0.85 } else { 0.80 };
            cloud(canvas, (x, y), size, white, opacity);
        }
    }

    fn rainbow(&mut self, canvas: &mut SvgWriter) {
        let (x, y) = (self.frame.width * 0.5, self.horizon * 1.12);
        let radius = (self.frame.width * 0.42).min(self.horizon * 0.98);
        let colors = [0x00e8_4855, 0x00f4_900c, 0x00fd_cb32, 0x0062_b866, 0x0046_8fe0, 0x0085_55c8];
        canvas.push_markup(format_args!("<g data-word=\"rainbow\" transform=\"translate({x:.1} {y:.1})\">"));
        for (at, color) in colors.into_iter().enumerate() {
            let r = radius - at as f32 * 13.0;
            canvas.line(&format!("M{:.1} 0A{r:.1} {r:.1} 0 0 1 {r:.1} 0", -r), Rgb::hex(color), 13.5, 0.6);
        }
        canvas.push_markup(format_args!("</g>"));
    }

    fn sea(&mut self, canvas: &mut SvgWriter) {
        let LayoutFrame { width, height } = self.frame;
        let shore = (height * 0.85).min(self.farthest_bottom - height * 0.07).max(self.horizon + height * 0.06);
        let [near, far] = match self.scene.hour {
            Hour::Day => [0x001f_7fb8, 0x0069_c0dd],
            Hour::Sunset => [0x0036_3f78, 0x00e8_9a7c],
            Hour::Night => [0x0011_2250, 0x004a_669e],
        };
        let stops = [(0.0, Rgb::hex(far)), (0.45, Rgb::hex(far).mix(Rgb::hex(near), 0.6)), (1.0, Rgb::hex(near))];
        canvas.area(&format!("M0 {:.1}H{width:.1}V{height:.1}H0z", self.horizon), &stops);
        self.reflections(canvas, shore);
        self.waves(canvas, shore, Rgb::hex(far));
        let sand = [0x00f3_dcae, 0x00d9_b47c].map(|color| in_daylight(self.scene, Rgb::hex(color)));
        let foam = in_daylight(self.scene, Rgb::WHITE);
        let mut rng = self.rng.clone();
        let edge = wavy_line(width, shore, 16.0, 3, &mut rng);
        canvas.line(&edge, foam, 12.0, 0.55);
        canvas.area(&format!("{edge}V{height:.1}H0z"), &[(0.0, sand[0]), (1.0, sand[1])]);
        canvas.line(&edge, foam, 3.5, 0.8);
    }

    /// Draws the reflections of sun and moon on the water: short strokes that widen toward the viewer.
    fn reflections(&mut self, canvas: &mut SvgWriter, shore: f32) {
        for (x, color) in self.lights.clone() {
            if !canvas.style.is_banded() {
                canvas.glow((x, self.horizon + 8.0), SHORT_EDGE * 0.22, color, 0.35);
            }
            let strokes = 26;
            for at in 0..strokes {
                let part = at as f32 / strokes as f32;
                let y = self.horizon + 7.0 + (shore - self.horizon - 24.0) * part.powf(1.25);
                let half = (16.0 + 74.0 * part) * self.rng.between(0.35, 1.0);
                let x = x + self.rng.between(-26.0, 26.0) * (0.35 + part);
                canvas.ellipse((x, y), (half, 1.8 + 3.4 * part), color, 0.85 - 0.5 * part);
            }
        }
    }

    fn waves(&mut self, canvas: &mut SvgWriter, shore: f32, color: Rgb) {
        let count = (self.frame.width / 26.0).clamp(20.0, 220.0) as usize;
        for _ in 0..count {
            let part = self.rng.between(0.02, 1.0);
            let y = self.horizon + (shore - self.horizon) * part;
            let x = self.rng.between(-20.0, self.frame.width);
            let length = 18.0 + 60.0 * part;
            let path = format!("M{x:.1} {y:.1}q{:.1} {:.1} {length:.1} 0", length / 2.0, -4.0 - 5.0 * part);
            canvas.line(&path, color.mix(Rgb::WHITE, 0.35), 1.5 + 2.0 * part, 0.35);
        }
    }

    fn land(&mut self, canvas: &mut SvgWriter) {
        let LayoutFrame { width, height } = self.frame;
        let [far, near] = match self.scene.ground {
            GroundKind::Snow => [0x00f4_f8fd, 0x00c9_d9ec],
            GroundKind::Sand => [0x00f0_cd8c, 0x00d0_9a55],
            _ => [0x009c_cf6a, 0x004c_8f43],
        };
        let stops = [far, near].map(|color| in_daylight(self.scene, Rgb::hex(color)));
        let edge = wavy_line(width, self.horizon + 14.0, 18.0, 3, &mut self.rng);
        canvas.area(&format!("{edge}V{height:.1}H0z"), &[(0.0, stops[0]), (1.0, stops[1])]);
        let (above, below) = (stops[0].mix(Rgb::WHITE, 0.15), stops[1].mix(Rgb::hex(0x0010_2010), 0.18));
        let count = (width / 12.0).clamp(30.0, 420.0) as usize;
        for _ in 0..count {
            let part = self.rng.between(0.05, 1.0);
            let (x, y) = (self.rng.between(0.0, width), self.horizon + 24.0 + (height - self.horizon) * part);
            let size = 5.0 + 12.0 * part;
            match self.scene.ground {
                GroundKind::Meadow => {
                    let lean = self.rng.between(-4.0, 4.0);
                    canvas.line(
                        &format!("M{x:.1} {y:.1}q0 {:.1} {lean:.1} {:.1}", -size / 2.0, -size),
                        below,
                        2.2,
                        0.5,
                    );
                }
                GroundKind::Sand => {
                    canvas.line(&format!("M{x:.1} {y:.1}q{size:.1} -4 {:.1} 0", size * 2.5), below, 1.6, 0.3);
                }
                _ => canvas.ellipse((x, y), (size, size * 0.25), above, 0.5),
            }
        }
    }

    fn street(&mut self, canvas: &mut SvgWriter) {
        let LayoutFrame { width, height } = self.frame;
        let tone = |color: u32| in_daylight(self.scene, Rgb::hex(color));
        let kerb = self.horizon + (height - self.horizon) * 0.22;
        canvas.rectangle(
            0.0,
            self.horizon,
            width,
            height - self.horizon,
            &[(0.0, tone(0x00b9_bdc6)), (1.0, tone(0x00a1_a6b0))],
        );
        let road = format!("M0 {kerb:.1}H{width:.1}V{height:.1}H0z");
        canvas.area(&road, &[(0.0, tone(0x006d_737d)), (1.0, tone(0x0049_4e57))]);
        canvas.line(&format!("M0 {kerb:.1}H{width:.1}"), tone(0x00d8_dbe0), 7.0, 0.9);
        let middle = f32::midpoint(kerb, height);
        for at in 0..=(width / 150.0) as usize {
            canvas.line(&format!("M{:.1} {middle:.1}h80", at as f32 * 150.0 + 30.0), tone(0x00f4_e3a1), 9.0, 0.85);
        }
    }

    fn studio(&mut self, canvas: &mut SvgWriter) {
        let LayoutFrame { width, height } = self.frame;
        let [wall, low, floor, near] =
            STUDIOS[self.rng.index_below(STUDIOS.len())].map(|color| in_daylight(self.scene, Rgb::hex(color)));
        canvas.rectangle(0.0, 0.0, width, height, &[(0.0, wall), (1.0, low)]);
        let lamp = if self.scene.hour == Hour::Night { Rgb::hex(0x00ff_d98a) } else { Rgb::WHITE };
        canvas.glow((width * 0.5, height * 0.34), SHORT_EDGE * 0.62, lamp, 0.75);
        let path = format!("M0 {:.1}H{width:.1}V{height:.1}H0z", self.horizon);
        canvas.area(&path, &[(0.0, floor), (1.0, near)]);
        canvas.glow((width * 0.5, self.horizon + (height - self.horizon) * 0.5), SHORT_EDGE * 0.5, lamp, 0.28);
    }

    fn room(&mut self, canvas: &mut SvgWriter) {
        let LayoutFrame { width, height } = self.frame;
        let hour = |color: u32| in_daylight(self.scene, Rgb::hex(color));
        canvas.rectangle(0.0, 0.0, width, height, &[(0.0, hour(0x00f0_e4d2)), (1.0, hour(0x00dc_c6a6))]);
        let (x, y, w, h) = (width * 0.08, height * 0.09, SHORT_EDGE * 0.26, SHORT_EDGE * 0.32);
        canvas.area(&format!("M{x:.1} {y:.1}h{w:.1}v{h:.1}h-{w:.1}z"), &sky(self.scene));
        let frame = format!(
            "M{x:.1} {y:.1}h{w:.1}v{h:.1}h-{w:.1}zm{:.1} 0v{h:.1}m-{:.1} -{:.1}h{w:.1}",
            w / 2.0,
            w / 2.0,
            h / 2.0
        );
        canvas.line(&frame, hour(0x00fd_fbf6), 11.0, 1.0);
        let floor = format!("M0 {:.1}H{width:.1}V{height:.1}H0z", self.horizon);
        canvas.area(&floor, &[(0.0, hour(0x00b9_8355)), (1.0, hour(0x0091_5f39))]);
        for at in 1..5 {
            let y = self.horizon + (height - self.horizon) * (at as f32 / 5.0).powf(1.4);
            canvas.line(&format!("M0 {y:.1}H{width:.1}"), hour(0x007a_4c2b), 2.5, 0.5);
        }
        canvas.line(&format!("M0 {:.1}H{width:.1}", self.horizon), hour(0x00fd_fbf6), 14.0, 1.0);
    }

    fn underwater(&mut self, canvas: &mut SvgWriter) {
        let LayoutFrame { width, height } = self.frame;
        let stops = [0x008e_e0ec, 0x002f_9dc4, 0x000b_4a84].map(Rgb::hex);
        canvas.rectangle(0.0, 0.0, width, height, &[(0.0, stops[0]), (0.45, stops[1]), (1.0, stops[2])]);
        for _ in 0..6 {
            let (x, lean) = (self.rng.between(0.0, width), self.rng.between(60.0, 200.0));
            let ray = format!("M{x:.1} -20l{lean:.1} {:.1}", height * 0.8);
            canvas.line(&ray, Rgb::WHITE, self.rng.between(18.0, 60.0), 0.08);
        }
        let edge = wavy_line(width, self.horizon, 22.0, 4, &mut self.rng);
        canvas.area(&format!("{edge}V{height:.1}H0z"), &[(0.0, Rgb::hex(0x00cf_c08f)), (1.0, Rgb::hex(0x007d_8a80))]);
        for _ in 0..(width / 55.0).clamp(8.0, 90.0) as usize {
            let (x, y) = (self.rng.between(0.0, width), self.rng.between(0.0, height * 0.9));
            let size = self.rng.between(3.0, 13.0);
            canvas.ellipse((x, y), (size, size), Rgb::WHITE, 0.28);
            canvas.ellipse((x - size * 0.3, y - size * 0.3), (size * 0.3, size * 0.3), Rgb::WHITE, 0.7);
        }
    }

    fn space(&mut self, canvas: &mut SvgWriter) {
        let LayoutFrame { width, height } = self.frame;
        let stops = [0x0006_0818, 0x0012_1136, 0x0024_1447].map(Rgb::hex);
        canvas.rectangle(0.0, 0.0, width, height, &[(0.0, stops[0]), (0.6, stops[1]), (1.0, stops[2])]);
        for color in [0x0078_3fb8, 0x002f_6fc0, 0x00c0_4f8f] {
            let place = (width * self.rng.between(0.1, 0.9), height * self.rng.between(0.15, 0.85));
            canvas.glow(place, SHORT_EDGE * self.rng.between(0.3, 0.55), Rgb::hex(color), 0.45);
        }
        self.stars(canvas, height);
    }

    /// Draws what is in front of the things: rain, snow, fog.
    pub(super) fn weather(&mut self, canvas: &mut SvgWriter) {
        let LayoutFrame { width, height } = self.frame;
        let count = (width * height / 4000.0).clamp(60.0, 500.0) as usize;
        match self.scene.weather {
            Weather::Rain => (0..count).for_each(|_| {
                let (x, y) = (self.rng.between(0.0, width + 40.0), self.rng.between(-30.0, height));
                canvas.line(&format!("M{x:.1} {y:.1}l-9 34"), Rgb::hex(0x00d5_e4f2), 2.4, 0.5);
            }),
            Weather::Snow => (0..count).for_each(|_| {
                let place = (self.rng.between(0.0, width), self.rng.between(0.0, height));
                let size = self.rng.between(2.0, 6.5);
                canvas.ellipse(place, (size, size), Rgb::WHITE, self.rng.between(0.55, 0.95));
            }),
            Weather::Fog => (0..7).for_each(|at| {
                let y = self.horizon * 0.7 + (height - self.horizon * 0.7) * at as f32 / 7.0;
                let x = width * self.rng.between(0.1, 0.9);
                canvas.ellipse((x, y), (width * 0.7, 70.0), in_daylight(self.scene, Rgb::hex(0x00ec_f0f3)), 0.30);
            }),
            Weather::Clear | Weather::Clouds => {}
        }
    }
}

/// Returns the colors of the sky from its top to the horizon.
fn sky(scene: &SketchScene) -> [(f32, Rgb); 4] {
    let colors = match scene.hour {
        Hour::Day => [0x003f_90e0, 0x0076_b8f0, 0x00b4_dcf8, 0x00ea_f5fb],
        Hour::Sunset => [0x0033_3070, 0x009c_4a86, 0x00f0_7f6c, 0x00ff_d58a],
        Hour::Night => [0x0008_0d2c, 0x0015_2050, 0x0030_4480, 0x0074_8bbb],
    };
    let gray = match scene.weather {
        Weather::Rain => 0.55,
        Weather::Clouds | Weather::Fog | Weather::Snow => 0.35,
        Weather::Clear => 0.0,
    };
    let dull = in_daylight(scene, Rgb::hex(0x00a9_b4c2));
    let stops = colors.map(|color| Rgb::hex(color).mix(dull, gray));
    [(0.0, stops[0]), (0.4, stops[1]), (0.75, stops[2]), (1.0, stops[3])]
}

fn cloud(canvas: &mut SvgWriter, (x, y): (f32, f32), size: f32, color: Rgb, opacity: f32) {
    let r = size * 0.36;
    let path = format!(
        "M{:.1} {y:.1}a{:.1} {:.1} 0 0 1 {:.1} {:.1}a{r:.1} {r:.1} 0 0 1 {:.1} {:.1}a{:.1} {:.1} 0 0 1 {:.1} {:.1}z",
        x - size,
        size * 0.30,
        size * 0.30,
        size * 0.42,
        -size * 0.26,
        size * 0.78,
        -size * 0.06,
        size * 0.34,
        size * 0.34,
        size * 0.62,
        size * 0.32,
    );
    let fill = canvas.style.paint(color, false);
    let stroke = canvas.stroke(2.5);
    canvas.push_markup(format_args!("<path d=\"{path}\" fill=\"{fill}\" fill-opacity=\"{opacity:.2}\"{stroke}/>"));
}
