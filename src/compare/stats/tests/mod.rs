mod counting;
pub(in crate::compare) mod people;
mod reference;
mod simulation;
