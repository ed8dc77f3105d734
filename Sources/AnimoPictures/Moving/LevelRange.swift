extension SIMD4<Float> {
    /// Held between 0 and `highest`. Comparisons and choices, which every processor does four at a time.
    @inline(__always)
    func held(upTo highest: SIMD4<Float>) -> SIMD4<Float> {
        let above = replacing(with: 0, where: self .< 0)
        return above.replacing(with: highest, where: above .> highest)
    }

    /// Held between 0 and 255.
    @inline(__always)
    func heldToLevels() -> SIMD4<Float> { held(upTo: SIMD4(repeating: 255)) }
}
