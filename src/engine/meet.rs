//! Getting to know backends that have to be asked what they can do.
//! A registry is made without asking anyone, so that nobody waits for it; here the ones that know take their places.

use std::sync::Arc;

use futures::future::join_all;
use tintype_backends::Readiness;

use crate::engine::{Engine, Registry, locked};

impl Registry {
    /// The same registry after asking those that `wanted` picks, all at the same time.
    pub async fn met(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let asked = self.iter().filter(|(name, _)| wanted(name));
        let asked = asked.map(|(name, backend)| async move { (name, backend.meet().await) });
        let answers = join_all(asked).await.into_iter().filter_map(|(name, met)| Some((name, met?)));
        answers.fold(self.clone(), |registry, (name, met)| registry.with(name, met))
    }

    /// The same registry, in which those that were not asked yet are the ones that `old` knows, where they are ready
    /// there and `unchanged` says so: what runs and is known need not be started and asked again.
    #[must_use]
    pub fn keeping(&self, old: &Self, unchanged: impl Fn(&str) -> bool) -> Self {
        let asking = self.iter().filter(|(_, backend)| backend.capabilities().readiness == Readiness::Asking);
        let ready = |name: &str| old.get(name).filter(|backend| backend.capabilities().readiness == Readiness::Ready);
        let kept = asking.filter(|(name, _)| unchanged(name)).filter_map(|(name, _)| Some((name, ready(name)?)));
        kept.fold(self.clone(), |registry, (name, backend)| registry.with(name, backend.clone()))
    }
}

impl Engine {
    /// Asks the backend of that name what it can do, where it has to be asked; the one that knows takes its place.
    pub async fn meet(&self, name: &str) {
        let Some(backend) = self.registry().get(name).cloned() else { return };
        let Some(met) = backend.meet().await else { return };
        let mut current = locked(&self.inner.current);
        // A config that was read meanwhile has the last word.
        if current.registry.get(name).is_some_and(|now| Arc::ptr_eq(now, &backend)) {
            current.registry = Arc::new(current.registry.with(name, met));
        }
    }

    /// The same for the backend that a draft means.
    pub(super) async fn meet_chosen(&self, name: Option<&str>) {
        let registry = self.registry();
        if let Some(name) = name.or(registry.default()) {
            self.meet(name).await;
        }
    }
}
