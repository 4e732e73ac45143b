/// Chance that is the same when the call is replayed: SplitMix64 (Steele, Lea, Flood 2014) from the call's seed.
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }
    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::Chance;

    #[test]
    fn the_same_seed_gives_the_same_chance() {
        let draw = |seed| (0..5).map(|_| Chance::new(seed).below(10)).collect::<Vec<_>>();
        assert_eq!(draw(7), draw(7));
        let mut chance = Chance::new(1);
        assert!((0..1000).all(|_| chance.below(3) < 3));
    }
}
