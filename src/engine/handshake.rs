//! Handshake with backends that report their capabilities themselves, such as external programs.
//! A registry is built without a handshake to keep startup fast; here initialized backends replace the uninitialized
//! ones.

use std::sync::Arc;

use futures::future::join_all;
use tintype_backends::Readiness;

use crate::engine::{Engine, Registry, locked};

impl Registry {
    /// Returns the registry after a handshake with every backend that `wanted` picks, all concurrently.
    pub async fn initialize_where(&self, wanted: impl Fn(&str) -> bool) -> Self {
        let asked = self.iter().filter(|(name, _)| wanted(name));
        let asked = asked.map(|(name, backend)| async move { (name, backend.initialize().await) });
        let answers = join_all(asked).await.into_iter().filter_map(|(name, met)| Some((name, met?)));
        answers.fold(self.clone(), |registry, (name, met)| registry.with_backend(name, met))
    }

    /// Returns the registry with uninitialized backends replaced by those of `old`, where these are ready and
    /// `unchanged` returns true: a running backend need not be started again.
    #[must_use]
    pub fn keep_initialized(&self, old: &Self, unchanged: impl Fn(&str) -> bool) -> Self {
        let asking = self.iter().filter(|(_, backend)| backend.capabilities().readiness == Readiness::Asking);
        let ready = |name: &str| old.get(name).filter(|backend| backend.capabilities().readiness == Readiness::Ready);
        let kept = asking.filter(|(name, _)| unchanged(name)).filter_map(|(name, _)| Some((name, ready(name)?)));
        kept.fold(self.clone(), |registry, (name, backend)| registry.with_backend(name, backend.clone()))
    }
}

impl Engine {
    /// Initializes the backend of that name if necessary; the initialized one replaces it.
    pub async fn initialize(&self, name: &str) {
        let Some(backend) = self.registry().get(name).cloned() else { return };
        let Some(met) = backend.initialize().await else { return };
        let mut current = locked(&self.inner.current);
        // A config that was reloaded in the meantime takes precedence.
        if current.registry.get(name).is_some_and(|now| Arc::ptr_eq(now, &backend)) {
            current.registry = Arc::new(current.registry.with_backend(name, met));
        }
    }

    /// Initializes the backend of a draft: the one of that name, or the default.
    pub(super) async fn initialize_chosen(&self, name: Option<&str>) {
        let registry = self.registry();
        if let Some(name) = name.or(registry.default()) {
            self.initialize(name).await;
        }
    }
}
