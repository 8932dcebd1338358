//! What is offered to which machine.

use super::*;
use crate::machine::Machine;
use models::fit::{GIB, MachineMemory};
use models::store::DiskUsage;

fn shelf(gib: u64, bandwidth: u64, gpu: bool) -> ModelInventory {
    let total = gib * GIB;
    let memory = MachineMemory {
        total,
        available: total,
        gpu_working_set: gpu.then_some(total / 4 * 3),
        reclaimable: 0,
    };
    let machine = Machine { memory, bandwidth, rates: crate::speed::Rates::default() };
    let card = |entry: &models::catalog::CatalogEntry| Card {
        fit: machine.fit_entry(entry, 8192),
        speed: machine.speed_entry(entry),
        entry: entry.clone(),
        installed: false,
    };
    let catalogue = models::catalog::builtin().unwrap().entries().iter().map(card).collect();
    ModelInventory {
        root: "/m".into(),
        air_gapped: false,
        now: 0,
        machine,
        usage: DiskUsage::default(),
        catalogue,
        installed: Vec::new(),
        found: Vec::new(),
        leftovers: Vec::new(),
    }
}

#[test]
fn the_profile_that_is_recommended_fits_and_is_quick_enough() {
    let settings = Settings::default();
    let check =
        |gib, gib_per_second: u64, gpu| recommended(&shelf(gib, gib_per_second << 30, gpu), &settings);
    assert_eq!(check(64, 400, true), "heavy");
    assert_eq!(check(64, 60, true), "balanced", "14 billion weights would be slow");
    assert_eq!(check(64, 400, false), "balanced", "a processor would be slow");
    assert_eq!(check(16, 40, false), "balanced");
    assert_eq!(check(4, 40, false), "fast");
}

#[test]
fn what_does_not_fit_is_not_offered() {
    let settings = Settings::default();
    let ids = |gib| -> Vec<String> {
        offers(&shelf(gib, 40 << 30, false), &settings).iter().map(|card| card.entry.id.clone()).collect()
    };
    assert_eq!(ids(4), SMALL);
    assert_eq!(ids(32).len(), 3);
    assert_eq!(ids(32)[0], settings.profiles[BALANCED].model);
}

#[test]
fn steps_have_an_order() {
    assert_eq!((FirstRunStep::Hello.back(), FirstRunStep::Hello.next()), (None, Some(FirstRunStep::Machine)));
    assert_eq!((FirstRunStep::Try.back(), FirstRunStep::Try.next()), (Some(FirstRunStep::Model), None));
    assert!(SAMPLE.iter().any(|(name, text)| *name == SAMPLE_FILE && text.contains(SAMPLE_FUNCTION)));
}

#[test]
fn profiles_of_about_the_same_speed_say_what_differs() {
    let (shelf, settings) = (shelf(32, 40 << 30, false), Settings::default());
    let words = |name: &str| view::profile_words(card_of(&shelf, &settings, name).unwrap());
    let (fast, balanced) = (words("fast"), words("balanced"));
    assert!(fast.starts_with("The default for code"), "{fast}");
    assert!(balanced.starts_with("Explains and answers"), "{balanced}");
}
