//! Sequences of steps, for cases that compare all of them with plain reasoning.

/// All sequences of so many of the steps.
pub fn sequences<S: Copy>(steps: &[S], length: u32) -> impl Iterator<Item = Vec<S>> {
    (0..steps.len().pow(length)).map(move |mut number| {
        let sequence = (0..length).map(|_| {
            let step = steps[number % steps.len()];
            number /= steps.len();
            step
        });
        sequence.collect()
    })
}
