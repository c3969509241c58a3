//! Identifiers that look random and are not: the same seed gives the same sequence.

/// SplitMix64: small, well mixed, and good enough for names that only have to differ.
#[derive(Debug, Clone)]
pub(crate) struct Sequence {
    state: u64,
}

impl Sequence {
    pub(crate) fn new(seed: u64) -> Sequence {
        Sequence { state: seed }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A sequence of its own for one thing, so that what happens to others does not change its
    /// names.
    pub(crate) fn fork(&mut self) -> Sequence {
        Sequence::new(self.next())
    }

    /// Sixteen hexadecimal digits.
    pub(crate) fn word(&mut self) -> String {
        format!("{:016x}", self.next())
    }

    /// A version 4 GUID.
    pub(crate) fn guid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            (low >> 48) & 0xfff,
            low & 0xffff_ffff_ffff,
        )
    }

    /// Ten decimal digits.
    pub(crate) fn number(&mut self) -> String {
        format!("{}", 1_000_000_000 + self.next() % 9_000_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_names() {
        let mut one = Sequence::new(7);
        let mut two = Sequence::new(7);
        assert_eq!(one.guid(), two.guid());
        assert_ne!(one.guid(), one.guid());
        assert_eq!(one.guid().len(), 36);
        assert_eq!(one.number().len(), 10);
    }
}
