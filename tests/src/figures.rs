//! What the programs and tests here make of many measurements, and how they keep them.

use std::{fs, io, path::Path};

/// The middle of some figures, of an even number the mean of both in the middle; NaN for none.
pub fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values);
    let middle = |at: usize| sorted.get(at).copied().unwrap_or(f64::NAN);
    let half = sorted.len() / 2;
    if sorted.len() % 2 == 1 { middle(half) } else { (middle(half.wrapping_sub(1)) + middle(half)) / 2.0 }
}

/// The figure below which this share of all lies (nearest rank); NaN for none.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let sorted = sorted(values);
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// Writes a file whole or not at all, so that a run that is killed leaves what it had.
///
/// # Errors
/// As the system says.
pub fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let beside = path.with_extension("part");
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_ranks_of_figures() {
        assert_eq!((median(&[3.0, 1.0, 2.0]), median(&[4.0, 2.0])), (2.0, 3.0));
        assert!(median(&[]).is_nan() && quantile(&[], 0.5).is_nan());
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!([0.0, 0.5, 0.95, 1.0].map(|share| quantile(&hundred, share)), [1.0, 50.0, 95.0, 100.0]);
    }
}
