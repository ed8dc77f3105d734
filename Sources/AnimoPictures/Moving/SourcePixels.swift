/// Pixels of a source as the motion reads them: colour over white and alpha, all 0 … 255.
protocol SourcePixels {
    /// Whether alpha means anything.
    static var hasAlpha: Bool { get }

    /// A pixel and the one after it in memory, or any number in place of that where there is none.
    ///
    /// - Parameter pixel: inside the picture, by rows.
    func pair(_ pixel: Int) -> (SIMD4<Float>, SIMD4<Float>)
}

/// Bytes of a picture, read eight at a time.
private struct PixelWords {
    private let base: UnsafeRawPointer
    /// The last place that eight bytes can be read from.
    private let last: Int

    /// - Parameter bytes: eight or more, valid as long as this is used.
    init(_ bytes: UnsafeRawBufferPointer) {
        base = bytes.baseAddress.unsafelyUnwrapped
        last = bytes.count - 8
    }

    /// The eight bytes from a place on, the first one lowest; zeros for those behind the picture's end.
    ///
    /// - Parameter place: inside the picture.
    @inline(__always)
    func word(at place: Int) -> UInt64 {
        place <= last
            ? base.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            : base.loadUnaligned(fromByteOffset: last, as: UInt64.self) >> UInt64(8 &* (place &- last))
    }
}

/// Packed RGB. The fourth number is of no meaning.
struct RGBPixels: SourcePixels {
    /// False: every pixel is opaque.
    static var hasAlpha: Bool { false }
    private let words: PixelWords

    /// - Parameter bytes: eight or more, valid as long as this is used.
    init(_ bytes: UnsafeRawBufferPointer) { words = PixelWords(bytes) }

    /// The levels as they are stored.
    @inline(__always)
    func pair(_ pixel: Int) -> (SIMD4<Float>, SIMD4<Float>) {
        let word = words.word(at: pixel &* 3)
        return (
            Self.level(UInt32(truncatingIfNeeded: word)), Self.level(UInt32(truncatingIfNeeded: word >> 24))
        )
    }

    @inline(__always)
    private static func level(_ word: UInt32) -> SIMD4<Float> {
        SIMD4<Float>(unsafeBitCast(word, to: SIMD4<UInt8>.self))
    }
}

/// Packed RGBA, straight alpha.
struct RGBAPixels: SourcePixels {
    /// True: pixels are laid over white.
    static var hasAlpha: Bool { true }
    private let words: PixelWords

    /// - Parameter bytes: eight or more, valid as long as this is used.
    init(_ bytes: UnsafeRawBufferPointer) { words = PixelWords(bytes) }

    /// Levels over white, with alpha as the fourth number.
    @inline(__always)
    func pair(_ pixel: Int) -> (SIMD4<Float>, SIMD4<Float>) {
        let word = words.word(at: pixel &* 4)
        let alphas = word & 0xff00_0000_ff00_0000
        if alphas == 0 { return (Self.clear, Self.clear) }
        let (first, second) = (UInt32(truncatingIfNeeded: word), UInt32(truncatingIfNeeded: word >> 32))
        // Most pixels are opaque or clear, and so are those beside them.
        if alphas == 0xff00_0000_ff00_0000 { return (Self.straight(first), Self.straight(second)) }
        return (Self.level(Self.straight(first)), Self.level(Self.straight(second)))
    }

    private static var clear: SIMD4<Float> { SIMD4(255, 255, 255, 0) }

    @inline(__always)
    private static func straight(_ word: UInt32) -> SIMD4<Float> {
        SIMD4<Float>(unsafeBitCast(word, to: SIMD4<UInt8>.self))
    }

    @inline(__always)
    private static func level(_ straight: SIMD4<Float>) -> SIMD4<Float> {
        let alpha = straight.w
        var level = straight * (alpha * (1 / 255)) + (255 - alpha)
        level.w = alpha
        return level
    }
}

/// Colour over white and alpha, 0 … 255, of any precision.
struct LevelPixels: SourcePixels {
    /// True: levels come over white, with their alpha.
    static var hasAlpha: Bool { true }
    private let levels: UnsafeBufferPointer<SIMD4<Float>>

    /// - Parameter levels: valid as long as this is used.
    init(_ levels: UnsafeBufferPointer<SIMD4<Float>>) { self.levels = levels }

    /// The levels as they are.
    @inline(__always)
    func pair(_ pixel: Int) -> (SIMD4<Float>, SIMD4<Float>) {
        (levels[pixel], levels[min(pixel &+ 1, levels.count &- 1)])
    }
}
