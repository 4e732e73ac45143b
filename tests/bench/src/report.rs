//! What a bench prints.

/// One figure against its target.
pub fn verdict(what: &str, measured: f64, target: f64, at_most: bool, unit: &str) {
    let met = if at_most { measured <= target } else { measured >= target };
    let (sign, word) = (if at_most { '≤' } else { '≥' }, if met { "met" } else { "MISSED" });
    println!("{what}: {measured:.2} {unit} (target {sign} {target} {unit}): {word}");
}

/// A figure without a target.
pub fn figure(what: &str, measured: f64, unit: &str) {
    println!("{what}: {measured:.2} {unit}");
}

/// The value below which `share` (0 to 1) of all values lie.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}
