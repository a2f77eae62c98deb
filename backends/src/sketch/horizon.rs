//! The horizon: mountains, forests, cities, hills, islands, dunes. Distant things are paler than near ones; there is
//! no other perspective.

use std::fmt::Write as _;

use super::{
    color::Rgb,
    daylight::in_daylight,
    layout::LayoutFrame,
    rng::Rng,
    scene::{GroundKind, HorizonFeature, Hour, SketchScene},
    svg_writer::{SvgWriter, wavy_line},
};

/// Draws the horizon, the farthest things first.
pub(super) fn draw(canvas: &mut SvgWriter, scene: &SketchScene, frame: LayoutFrame, horizon: f32, rng: &mut Rng) {
    let mut far = HorizonPainter { scene, frame, horizon: horizon + 30.0, rng };
    let order = [
        HorizonFeature::Mountains,
        HorizonFeature::Dunes,
        HorizonFeature::Hills,
        HorizonFeature::Islands,
        HorizonFeature::City,
        HorizonFeature::Forest,
    ];
    for kind in order.into_iter().filter(|kind| scene.far.contains(kind)) {
        match kind {
            HorizonFeature::Mountains => far.mountains(canvas),
            HorizonFeature::Hills => far.hills(canvas, [0x008f_b98a, 0x0079_ae6b]),
            HorizonFeature::Dunes => far.hills(canvas, [0x00e3_b878, 0x00ee_c585]),
            HorizonFeature::Islands => far.islands(canvas),
            HorizonFeature::City => far.city(canvas),
            HorizonFeature::Forest => far.forest(canvas),
        }
    }
    if scene.far.is_empty() && scene.ground == GroundKind::Sea {
        far.islands(canvas);
    }
}

struct HorizonPainter<'a> {
    scene: &'a SketchScene,
    frame: LayoutFrame,
    horizon: f32,
    rng: &'a mut Rng,
}

impl HorizonPainter<'_> {
    /// Returns a color in the current light, with `part` of the distance haze mixed in.
    fn with_haze(&self, color: u32, part: f32) -> Rgb {
        let haze = match self.scene.hour {
            Hour::Day => 0x00cf_e4f3,
            Hour::Sunset => 0x00f0_a080,
            Hour::Night => 0x004a_5f96,
        };
        in_daylight(self.scene, Rgb::hex(color)).mix(Rgb::hex(haze), part)
    }

    fn mountains(&mut self, canvas: &mut SvgWriter) {
        for (row, haze) in [0.55, 0.22].into_iter().enumerate() {
            let count = (self.frame.width / 250.0).clamp(3.0, 30.0) as u32 + row as u32;
            let step = self.frame.width / count as f32;
            for at in 0..=count {
                let x = step * (at as f32 + self.rng.between(-0.3, 0.3));
                let height = self.horizon * self.rng.between(0.30, 0.55) * if row == 0 { 1.0 } else { 0.68 };
                let half = step * self.rng.between(0.75, 1.05);
                self.mountain(canvas, (x, height), half, haze);
            }
        }
    }

    fn mountain(&mut self, canvas: &mut SvgWriter, (x, height): (f32, f32), half: f32, haze: f32) {
        let (top, foot) = (self.horizon - height, self.horizon + 20.0);
        let rock = self.with_haze(0x005f_6f8c, haze);
        let peak = format!("M{:.1} {foot:.1}L{x:.1} {top:.1}L{:.1} {foot:.1}z", x - half, x + half);
        canvas.area(&peak, &[(0.0, rock), (1.0, rock.mix(self.with_haze(0x00ff_ffff, haze), 0.4))]);
        let shade = format!("M{x:.1} {top:.1}L{:.1} {foot:.1}H{:.1}z", x + half, x + half * 0.18);
        canvas.area(&shade, &[(0.0, rock.mix(Rgb::hex(0x001c_2440), 0.18))]);
        let (w, h) = (half * 0.30, height * 0.30);
        let snow = format!(
            "M{x:.1} {top:.1}l{w:.1} {h:.1}l{:.1} {:.1}l{:.1} {:.1}l{:.1} {:.1}l{:.1} {:.1}z",
            -w * 0.5,
            -h * 0.25,
            -w * 0.45,
            h * 0.28,
            -w * 0.5,
            -h * 0.3,
            -w * 0.55,
            h * 0.27
        );
        canvas.area(&snow, &[(0.0, self.with_haze(0x00fb_fdff, haze * 0.4))]);
    }

    fn hills(&mut self, canvas: &mut SvgWriter, colors: [u32; 2]) {
        for (row, color) in colors.into_iter().enumerate() {
            let y = self.horizon - 70.0 + 45.0 * row as f32;
            let edge = wavy_line(self.frame.width, y, 55.0 - 12.0 * row as f32, 3 + row as u32, self.rng);
            let tone = self.with_haze(color, 0.45 - 0.25 * row as f32);
            canvas.area(&format!("{edge}V{:.1}H0z", self.horizon + 60.0), &[(0.0, tone)]);
        }
    }

    fn islands(&mut self, canvas: &mut SvgWriter) {
        let water = self.horizon - 28.0;
        for (part, size) in [(0.02, 260.0), (0.24, 150.0), (0.93, 210.0)] {
            let x = self.frame.width * part + self.rng.between(-40.0, 40.0);
            let height = size * self.rng.between(0.20, 0.30);
            let path = format!(
                "M{:.1} {water:.1}q{:.1} {:.1} {:.1} {:.1}t{:.1} {:.1}q{:.1} {:.1} {:.1} {:.1}z",
                x - size,
                size * 0.3,
                -height * 0.2,
                size * 0.6,
                -height * 0.7,
                size * 0.5,
                -height * 0.3,
                size * 0.5,
                height * 0.3,
                size * 0.9,
                height,
            );
            let tone = self.with_haze(0x0056_6f86, 0.35);
            canvas.area(&path, &[(0.0, tone)]);
        }
    }

    fn city(&mut self, canvas: &mut SvgWriter) {
        for (row, haze) in [0.5, 0.12].into_iter().enumerate() {
            let mut x = -20.0;
            while x < self.frame.width {
                let width = self.rng.between(58.0, 120.0);
                let height = self.horizon * self.rng.between(0.25, 0.62) * if row == 0 { 1.0 } else { 0.72 };
                self.tower(canvas, (x, self.horizon - height), (width, height), haze);
                x += width + self.rng.between(-6.0, 14.0);
            }
        }
    }

    fn tower(&mut self, canvas: &mut SvgWriter, (x, y): (f32, f32), (width, height): (f32, f32), haze: f32) {
        let colors = [0x0067_7d9c, 0x0085_7f96, 0x0054_6a85, 0x0093_8a86];
        let chosen = self.rng.index_below(colors.len());
        let wall = self.with_haze(colors[chosen], haze);
        canvas.area(
            &format!("M{x:.1} {y:.1}h{width:.1}v{height:.1}h-{width:.1}z"),
            &[(0.0, wall), (1.0, wall.mix(Rgb::WHITE, 0.12))],
        );
        let lit = self.scene.hour != Hour::Day;
        let (mut on, mut off) = (String::new(), String::new());
        let columns = (width / 22.0) as u32;
        for row in 0..((height / 30.0) as u32).min(24) {
            for column in 0..columns {
                let (left, top) = (x + 9.0 + column as f32 * 22.0, y + 12.0 + row as f32 * 30.0);
                let path = if lit && self.rng.index_below(5) < 2 { &mut on } else { &mut off };
                let _ = write!(path, "M{left:.0} {top:.0}h10v14h-10z");
            }
        }
        let [dark, bright] = [wall.mix(Rgb::hex(0x0012_1c34), 0.28), Rgb::hex(0x00ff_dd8a)];
        for (path, color) in [(off, dark), (on, bright)] {
            let fill = canvas.style.paint(color, false);
            canvas.push_markup(format_args!("<path d=\"{path}\" fill=\"{fill}\" fill-opacity=\".75\"/>"));
        }
    }

    fn forest(&mut self, canvas: &mut SvgWriter) {
        for (row, haze) in [0.5, 0.28, 0.06].into_iter().enumerate() {
            let step = 46.0 + 16.0 * row as f32;
            let foot = self.horizon - 26.0 + 22.0 * row as f32;
            let tone = self.with_haze(0x002f_6b45, haze);
            let mut path = String::new();
            for at in 0..=(self.frame.width / step) as u32 {
                let x = step * (at as f32 + self.rng.between(-0.35, 0.35));
                let (half, height) = (step * 0.72, self.rng.between(110.0, 190.0) + 22.0 * row as f32);
                let _ = write!(
                    path,
                    "M{:.1} {foot:.1}l{:.1} {:.1}h{:.1}l{:.1} {:.1}l{:.1} {:.1}h{:.1}l{:.1} {:.1}z",
                    x - half,
                    half * 0.55,
                    -height * 0.5,
                    -half * 0.2,
                    half * 0.65,
                    -height * 0.5,
                    half * 0.65,
                    height * 0.5,
                    -half * 0.2,
                    half * 0.55,
                    height * 0.5
                );
            }
            canvas.area(&path, &[(0.0, tone), (1.0, tone.mix(Rgb::hex(0x0010_2418), 0.25))]);
            canvas.rectangle(0.0, foot, self.frame.width, 60.0, &[(0.0, tone.mix(Rgb::hex(0x0010_2418), 0.25))]);
        }
    }
}
