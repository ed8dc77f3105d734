import AnimoPictures

/// Decodes a picture, and makes of it what an estimator or a model reads.
struct DecodingWork<Output: Sendable>: ScheduledWork {
    /// Purpose of a decoded picture; each takes its own time for a pixel.
    enum Purpose: Int { case frame, source }

    /// Pixels of a picture that takes long: some 50 ms of a source's PNG. A driving frame may have four times as many.
    private static var longPixels: Int { 1 << 20 }

    let key: BatchKey
    /// Whether nobody should wait behind it.
    let isLong: Bool
    private let body: @Sendable () throws -> Output

    /// - Parameters:
    ///   - picture: whose header says what decoding will be like to cost.
    ///   - body: decodes; called on a codec thread.
    init(_ picture: IncomingPicture, for purpose: Purpose, _ body: @escaping @Sendable () throws -> Output) {
        // Below 256×256 the cost does not fall with the area; above it, a few sizes stand for all.
        let side = max(256, (Double(picture.pixels).squareRoot() / 64).rounded(.up) * 64)
        key = BatchKey(
            engine: ObjectIdentifier(CodecPool.self), stage: .decode, domain: .anime,
            flowSide: picture.format.number + 16 * purpose.rawValue, side: Int(side))
        isLong = picture.pixels > (purpose == .frame ? 4 : 1) * Self.longPixels
        self.body = body
    }

    static func compute(_ batch: [Self]) throws -> [Output] { try batch.map { try $0.body() } }
}

extension PictureFormat {
    /// Tells formats apart in a key.
    fileprivate var number: Int {
        switch self {
        case .png: 0
        case .jpeg: 1
        case .rgb8: 2
        case .rgba8: 3
        }
    }
}
