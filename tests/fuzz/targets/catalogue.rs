//! A catalogue that somebody adds is refused with a reason, or its names are ones that no path can be made of by surprise.

use models::catalog::Catalog;

/// Whether it is one.
pub fn run(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let catalogue = match Catalog::parse(text) {
        Ok(catalogue) => catalogue,
        Err(why) => {
            assert!(!why.to_string().is_empty());
            return false;
        }
    };
    for entry in catalogue.entries() {
        let is_plain =
            |name: &str| !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
        assert!(is_plain(&entry.id) && is_plain(&entry.file), "{} {}", entry.id, entry.file);
        assert!(catalogue.get(&entry.id).is_some_and(|found| found.id == entry.id));
        assert!(catalogue.by_sha256(entry.sha256).is_some());
        let _shown = entry.licence();
    }
    true
}
