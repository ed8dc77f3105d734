/// The rows of a picture cut into bands, each a piece of work, or a measurement, of its own.
///
/// Bands that are measured depend on the height alone and never on the number of threads: each has partial sums of its
/// own, and what they add up to must not change with the machine.
struct Bands {
    let height: Int
    let rowsPerBand: Int
    /// Number of bands of one picture.
    let count: Int

    init(of height: Int, rowsPerBand: Int) {
        self.height = height
        self.rowsPerBand = rowsPerBand
        count = (height + rowsPerBand - 1) / rowsPerBand
    }

    /// Eight bands of a small picture, bands of eight rows of a large one; never fewer rows than `least` where there
    /// are as many.
    init(of height: Int, atLeast least: Int = 1) {
        self.init(of: height, rowsPerBand: min(height, max(least, max(1, min(8, height / 8)))))
    }

    /// The rows of a band.
    func rows(_ band: Int) -> Range<Int> {
        let first = band * rowsPerBand
        return first..<min(first + rowsPerBand, height)
    }
}
