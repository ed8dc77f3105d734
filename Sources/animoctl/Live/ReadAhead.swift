import AnimoConcurrency
import Foundation

/// The first drivers of standard input, read before the session begins and replayed when it does.
struct ReadAhead: DriverReader {
    /// Those that could be read, with their places in the input, from 1.
    var drivers: [(number: Int, driver: StreamDriver)] {
        places.enumerated().compactMap { index, place in (try? place.get()).map { (index + 1, $0) } }
    }
    /// All, in their order, so that one that could not be read keeps its place.
    private let places: [Result<StreamDriver, UnreadableDriver>]
    private var reader: any DriverReader
    private var given = 0

    /// Reads until there are `count` drivers that can be read, or the input ends, on a thread of its own.
    static func first(_ count: Int, of reader: any DriverReader) async throws -> ReadAhead {
        try await runBlocking { try ReadAhead(count, reader) }
    }

    private init(_ count: Int, _ reader: any DriverReader) throws {
        var reader = reader
        var places: [Result<StreamDriver, UnreadableDriver>] = []
        var readable = 0
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while readable < count {
            do {
                if let driver = try reader.next() {
                    places.append(.success(driver))
                    readable += 1
                    continue
                }
            } catch let unreadable as UnreadableDriver {
                places.append(.failure(unreadable))
                continue
            }
            let read = Foundation.read(STDIN_FILENO, &chunk, chunk.count)
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { break }
            reader.feed(chunk[..<read])
        }
        (self.reader, self.places) = (reader, places)
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>) { reader.feed(bytes) }

    mutating func next() throws -> StreamDriver? {
        guard given < places.count else { return try reader.next() }
        given += 1
        return try places[given - 1].get()
    }

    mutating func finish() throws -> [StreamDriver] { try reader.finish() }

    var framesPerSecond: (frames: Int, seconds: Int)? { reader.framesPerSecond }

    var time: Double? { reader.time }
}
