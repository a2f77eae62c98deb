//! An image in the workshop that drawings are painted onto one after the other: the state of a growing drawing. Pacing
//! and display are left to `live`.

use super::{Workshop, away, helper::Helper};
use crate::{
    Size,
    svg::{Canvas, Checked, Limits, SvgError},
};

/// The image so far, and the process or canvas that paints it.
#[derive(Debug)]
pub(in crate::svg) struct Easel {
    workshop: Workshop,
    size: Size,
    limits: Limits,
    stand: Stand,
}

#[derive(Debug)]
enum Stand {
    /// Nothing has been painted yet.
    Empty,
    Here(Canvas),
    Helper(Helper),
    /// The image is lost, and there is nothing left to paint over.
    Lost,
}

impl Workshop {
    /// Creates an empty image of `size`.
    pub(in crate::svg) fn easel(&self, size: Size, limits: Limits) -> Easel {
        Easel { workshop: self.clone(), size, limits, stand: Stand::Empty }
    }
}

impl Easel {
    /// Paints `svg` over the image and returns it as PNG. A drawing that is rejected changes nothing.
    pub(in crate::svg) async fn paint(&mut self, svg: String) -> Result<Vec<u8>, SvgError> {
        // A caller that drops this future leaves the image in an unknown state.
        let stand = match std::mem::replace(&mut self.stand, Stand::Lost) {
            Stand::Empty => match &self.workshop.program {
                Some(program) => Stand::Helper(Helper::start(program)?),
                None => Stand::Here(Canvas::new(self.size, &self.limits)?),
            },
            stand => stand,
        };
        match stand {
            Stand::Helper(helper) => self.by_helper(helper, &svg).await,
            Stand::Here(canvas) => self.here(canvas, svg).await,
            Stand::Empty | Stand::Lost => Err(SvgError::Render("the picture so far is lost".to_owned())),
        }
    }

    async fn by_helper(&mut self, mut helper: Helper, svg: &str) -> Result<Vec<u8>, SvgError> {
        let drawn = helper.draw((svg, self.size, &self.limits), true, self.workshop.deadline).await;
        if !matches!(drawn, Err(SvgError::Deadline | SvgError::Render(_))) {
            self.stand = Stand::Helper(helper);
        }
        drawn.map(|drawn| drawn.png)
    }

    async fn here(&mut self, mut canvas: Canvas, svg: String) -> Result<Vec<u8>, SvgError> {
        let limits = self.limits.clone();
        let (canvas, painted) = away(move || {
            let painted = Checked::parse(&svg, &limits)
                .and_then(|drawing| canvas.paint(&drawing))
                .and_then(|()| canvas.pixels().encode_preview());
            Ok((canvas, painted))
        })
        .await?;
        self.stand = Stand::Here(canvas);
        painted
    }
}
