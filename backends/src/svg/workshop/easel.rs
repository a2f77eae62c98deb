//! A picture that is painted one drawing over the other, in the workshop: what a growing drawing has come to.
//! It keeps no time and shows nothing; that is `live`.

use super::{Workshop, away, helper::Helper};
use crate::{
    Size,
    svg::{Canvas, Checked, Limits, SvgError},
};

/// The picture so far and who paints it.
#[derive(Debug)]
pub(in crate::svg) struct Easel {
    workshop: Workshop,
    size: Size,
    limits: Limits,
    stand: Stand,
}

#[derive(Debug)]
enum Stand {
    /// Nothing is painted yet.
    Empty,
    Here(Canvas),
    Helper(Helper),
    /// What was painted is lost: there is nothing to paint over any more.
    Lost,
}

impl Workshop {
    /// An empty picture of `size`.
    pub(in crate::svg) fn easel(&self, size: Size, limits: Limits) -> Easel {
        Easel { workshop: self.clone(), size, limits, stand: Stand::Empty }
    }
}

impl Easel {
    /// Paints `svg` over what is there; the picture as PNG. A drawing that does not pass changes nothing.
    pub(in crate::svg) async fn paint(&mut self, svg: String) -> Result<Vec<u8>, SvgError> {
        // Whoever drops this future leaves a picture of which nobody knows how far it came.
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
