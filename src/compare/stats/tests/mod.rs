mod counting;
pub(in crate::compare) mod fixtures;
mod published;
mod simulation;
