//! Every connection that this process asked for, by host: what stands behind "nothing leaves this machine".

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

static ASKED: Mutex<BTreeMap<String, u64>> = Mutex::new(BTreeMap::new());

/// Counts a request: none is sent over a connection that another one used.
pub(super) fn note(url: &str) {
    let mut asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    *asked.entry(host(url).to_owned()).or_default() += 1;
}

/// Hosts that were connected to since the start of the process, and how often.
pub fn connections() -> Vec<(String, u64)> {
    let asked = ASKED.lock().unwrap_or_else(PoisonError::into_inner);
    asked.iter().map(|(host, times)| (host.clone(), *times)).collect()
}

fn host(url: &str) -> &str {
    let behind = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_request_counts_for_its_host_without_secrets_in_the_address() {
        for url in
            ["https://ledger.test/a?token=1", "https://user:secret@ledger.test/b", "https://ledger.test"]
        {
            note(url);
        }
        let found: Vec<(String, u64)> =
            connections().into_iter().filter(|(host, _)| host.contains("ledger")).collect();
        assert_eq!(found, [("ledger.test".to_owned(), 3)]);
    }
}
