import AnimoCLI
import AnimoFiles
import AnimoModelFile
import AnimoMotion
import AnimoWire

/// Motions, one for each picture: JSON lines, or a whole file of rows, NPY, MAT or one JSON array of arrays.
struct MotionReader: DriverReader {
    private enum Form {
        /// Only white space so far.
        case unknown
        case lines(JSONLineReader)
        /// A file of rows, read when it is complete.
        case file
    }

    /// The most bytes of a file of rows: an hour of 60 frames a second in double precision has 126 MB.
    private static let largest = 256 << 20

    private var form = Form.unknown
    private var bytes: [UInt8] = []

    mutating func feed(_ more: ArraySlice<UInt8>) {
        if case .lines(var reader) = form {
            reader.feed(more)
            form = .lines(reader)
        } else {
            bytes += more
        }
    }

    mutating func next() throws -> StreamDriver? {
        try findForm()
        guard case .lines(var reader) = form else {
            guard bytes.count <= Self.largest else {
                throw Failure(.badData, "motions: more than \(Quantity.bytes(UInt64(Self.largest)))")
            }
            return nil
        }
        defer { form = .lines(reader) }
        return try reader.next()
    }

    mutating func finish() throws -> [StreamDriver] {
        if case .lines(var reader) = form {
            defer { form = .lines(reader) }
            return try reader.finish()
        }
        guard bytes.contains(where: { $0 > 0x20 }) else { return [] }
        do {
            return try NumberFile.rows(bytes).map { .motion(Wire.Motion(values: $0)) }
        } catch {
            throw Failure(.badData, "motions: \(error.message)")
        }
    }

    /// A first line that is whole and holds one motion begins lines; a bracket within the first brackets, a file.
    private mutating func findForm() throws {
        guard case .unknown = form, bytes.count >= 16 || bytes.contains(0x0A) else { return }
        let solid = bytes.withoutByteOrderMark.prefix(4096).filter { $0 > 0x20 }
        guard let first = solid.first else { return }
        let isArrayOfMany =
            first == UInt8(ascii: "[") && solid.dropFirst().first.map { $0 == 0x5B || $0 == 0x7B } ?? true
        guard FileKind(bytes) == .json, !isArrayOfMany else {
            if solid.count > 1 { form = .file }
            return
        }
        var reader = JSONLineReader(.motions)
        reader.feed(bytes[...])
        form = .lines(reader)
        bytes = []
    }
}
