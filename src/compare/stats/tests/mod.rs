mod counting;
mod people;
mod reference;
mod simulation;
