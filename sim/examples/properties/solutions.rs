//! The guide's solutions show what the kit says of an exercise, line for line.

use portres_sim::kit::Failure;

/// Looks for what the kit says in the solutions.
pub(crate) fn have(failure: &Failure) {
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide/solutions.md");
    let trimmed = |text: &str| text.lines().map(|l| l.trim_end().to_string() + "\n").collect();
    let text: String = trimmed(&std::fs::read_to_string(guide).expect("the solutions"));
    let told: String = trimmed(&failure.to_string());
    assert!(text.contains(&told), "the solutions do not have\n{told}");
}
