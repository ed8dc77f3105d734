import AnimoPictures
import AnimoVideo
import AnimoWire

/// Pictures of a session as a stream of bytes.
struct StreamWriter: Sendable {
    private let output: Stream.Output
    let rate: Double?
    private var size: Dimensions?
    private var y4m: Y4MWriter?
    private var last: [UInt8]?

    init(_ output: Stream.Output, rate: Double?) {
        (self.output, self.rate) = (output, rate)
    }

    /// The bytes to write for `picture`, the header before the first.
    ///
    /// - Parameter framesPerSecond: of the input, where it says; for headers that need one.
    mutating func bytes(for picture: Wire.Picture, framesPerSecond: (frames: Int, seconds: Int)?) throws -> [UInt8] {
        let size = Dimensions(width: Int(picture.width), height: Int(picture.height))
        guard self.size.map({ $0 == size }) ?? true else {
            throw Failure(
                .software,
                "the pictures' size changed from \(self.size?.text ?? "") to \(size.text); expected one size in a stream"
            )
        }
        self.size = size
        switch output {
        case .mjpeg:
            last = picture.data
            return picture.data
        case .rgb24, .rgba:
            let packed = try Picture(wire: picture).pixels
            last = packed
            return packed
        case .y4m:
            let (writer, isFirst) = try y4m.map { ($0, false) } ?? (start(size, framesPerSecond), true)
            y4m = writer
            let frame = try writer.frame(Picture(wire: picture))
            last = frame
            return isFirst ? writer.header() + frame : frame
        }
    }

    private func start(_ size: Dimensions, _ input: (frames: Int, seconds: Int)?) throws -> Y4MWriter {
        let rate = rate.flatMap { Y4MWriter.fraction(of: $0) } ?? input ?? (25, 1)
        return try Y4MWriter(width: size.width, height: size.height, rate: rate)
    }

    /// The last picture once more; nil before the first.
    func again() -> [UInt8]? { last }
}
