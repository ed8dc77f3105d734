import AnimoPictures
import AnimoVideo
import AnimoWire

/// Turns a stream of bytes into drivers, one after another.
///
/// A value type without input or output: `feed` it what was read, take what `next` gives, `finish` at the end.
protocol DriverReader: Sendable {
    mutating func feed(_ bytes: ArraySlice<UInt8>)
    /// The next driver, or nil where more bytes are needed.
    ///
    /// - Throws: `UnreadableDriver` where this one is lost and the next may be good; anything else where nothing more
    ///   can be read.
    mutating func next() throws -> StreamDriver?
    /// Drivers completed by the end of the input; call `next` again for more.
    ///
    /// - Throws: `UnreadableDriver` where something was cut short.
    mutating func finish() throws -> [StreamDriver]
    /// Frames a second, where the stream says.
    var framesPerSecond: (frames: Int, seconds: Int)? { get }
    /// Seconds from the first driver to the one that was given last, where the stream says.
    var time: Double? { get }
}

extension DriverReader {
    var framesPerSecond: (frames: Int, seconds: Int)? { nil }
    var time: Double? { nil }
}

/// One driver of a stream.
enum StreamDriver: Equatable, Sendable {
    case pose(Wire.Pose)
    case motion(Wire.Motion)
    /// No head was seen.
    case none
    /// As it came.
    case jpeg([UInt8])
    case picture(Picture)
}

/// One driver of a stream that could not be read, though the stream goes on.
struct UnreadableDriver: Error, Equatable {
    let message: String
}

/// JPEG pictures one behind the other.
struct MJPEGFrames: DriverReader {
    private var splitter = MJPEGSplitter(limit: 64 << 20)
    private var broken = 0

    mutating func feed(_ bytes: ArraySlice<UInt8>) { splitter.append(Array(bytes)) }

    mutating func next() throws -> StreamDriver? {
        // A frame that broke off is reported before the one that comes after it.
        if splitter.brokenFrames > broken {
            broken += 1
            throw UnreadableDriver(message: "the JPEG picture is incomplete: a new one begins before its end")
        }
        return try splitter.next().map { .jpeg($0) }
    }

    mutating func finish() throws -> [StreamDriver] { try finishing { try splitter.finish().map { .jpeg($0) } } }
}

/// Frames without compression, raw or Y4M.
struct PictureFrames<Splitter: FrameSplitter & Sendable>: DriverReader where Splitter.Frame == Picture {
    private var splitter: Splitter

    init(_ splitter: Splitter) { self.splitter = splitter }

    mutating func feed(_ bytes: ArraySlice<UInt8>) { splitter.append(Array(bytes)) }

    mutating func next() throws -> StreamDriver? { try splitter.next().map { .picture($0) } }

    mutating func finish() throws -> [StreamDriver] { try finishing { try splitter.finish().map { .picture($0) } } }

    var framesPerSecond: (frames: Int, seconds: Int)? { (splitter as? Y4MReader)?.header?.rate }
}

extension DriverReader {
    /// A stream that ends within a frame loses that frame alone.
    fileprivate func finishing(_ body: () throws -> StreamDriver?) throws -> [StreamDriver] {
        do {
            return try body().map { [$0] } ?? []
        } catch let error as PictureError {
            throw UnreadableDriver(message: error.message)
        }
    }
}
