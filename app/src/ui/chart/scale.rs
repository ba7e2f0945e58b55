//! Axes with round numbers, in whole numbers only.

/// From zero to `top` in equal steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    pub step: i64,
    pub top: i64,
}

impl Scale {
    /// The finest scale of at most five steps of 1, 2, 2.5 or 5 times a power of ten that holds `highest`.
    pub fn upto(highest: i64) -> Self {
        let highest = highest.max(1);
        let mut power: i64 = 1;
        loop {
            for tenths in [10_i64, 20, 25, 50] {
                let step = power.saturating_mul(tenths) / 10;
                let exact = power.saturating_mul(tenths) % 10 == 0;
                if exact && highest <= step.saturating_mul(5) {
                    let steps = highest / step + i64::from(highest % step > 0);
                    return Self { step, top: step.saturating_mul(steps.max(1)) };
                }
            }
            match power.checked_mul(10) {
                Some(next) => power = next,
                None => return Self { step: i64::MAX / 5, top: i64::MAX },
            }
        }
    }

    pub fn ticks(&self) -> impl Iterator<Item = i64> + use<> {
        let Self { step, top } = *self;
        (0..=top / step.max(1)).map(move |i| i.saturating_mul(step))
    }
}

/// `value` of `whole`, as a part of `of` (pixels, per cent); never out of `0..=of`.
pub fn share(value: i64, whole: i64, of: i64) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let part = i128::from(value.max(0)) * i128::from(of) / i128::from(whole);
    i64::try_from(part).unwrap_or(of).min(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_round_and_hold_the_highest() {
        assert_eq!(Scale::upto(0), Scale { step: 1, top: 1 });
        assert_eq!(Scale::upto(5), Scale { step: 1, top: 5 });
        assert_eq!(Scale::upto(7), Scale { step: 2, top: 8 });
        assert_eq!(Scale::upto(215_000), Scale { step: 50_000, top: 250_000 });
        assert_eq!(Scale::upto(101), Scale { step: 25, top: 125 });
        assert!(Scale::upto(i64::MAX).top > 0);
        assert_eq!(Scale::upto(100).ticks().collect::<Vec<_>>(), [0, 20, 40, 60, 80, 100]);
    }

    #[test]
    fn shares_stay_inside() {
        assert_eq!(share(50, 200, 100), 25);
        assert_eq!(share(-5, 200, 100), 0);
        assert_eq!(share(500, 200, 100), 100);
        assert_eq!(share(1, 0, 100), 0);
        assert_eq!(share(i64::MAX, i64::MAX, 200), 200);
    }
}
