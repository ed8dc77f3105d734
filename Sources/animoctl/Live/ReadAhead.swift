import AnimoConcurrency
import Foundation

/// The first drivers of standard input, read before the session begins and handed out again when it does.
struct ReadAhead: DriverReader {
    private(set) var drivers: [StreamDriver]
    private var reader: any DriverReader
    private var given = 0

    /// Reads until there are `count` drivers, or the input ends, on a thread of its own. Drivers that cannot be read are
    /// passed over.
    static func first(_ count: Int, of reader: any DriverReader) async throws -> ReadAhead {
        try await runBlocking { try ReadAhead(count, reader) }
    }

    private init(_ count: Int, _ reader: any DriverReader) throws {
        var (reader, drivers) = (reader, [StreamDriver]())
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while drivers.count < count {
            do {
                if let driver = try reader.next() {
                    drivers.append(driver)
                    continue
                }
            } catch is UnreadableDriver { continue }
            let read = Foundation.read(STDIN_FILENO, &chunk, chunk.count)
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { break }
            reader.feed(chunk[..<read])
        }
        (self.reader, self.drivers) = (reader, drivers)
    }

    mutating func feed(_ bytes: ArraySlice<UInt8>) { reader.feed(bytes) }

    mutating func next() throws -> StreamDriver? {
        guard given < drivers.count else { return try reader.next() }
        given += 1
        return drivers[given - 1]
    }

    mutating func finish() throws -> StreamDriver? { try reader.finish() }

    var framesPerSecond: (frames: Int, seconds: Int)? { reader.framesPerSecond }
}
