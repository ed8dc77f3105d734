/// A message of Open Sound Control 1.0: an address and its arguments, big-endian, every part padded to four bytes.
package struct OSCMessage: Sendable, Equatable {
    /// An argument, as far as trackers' messages need it.
    package enum Argument: Sendable, Equatable {
        /// Of type i, f, d or h.
        case number(Double)
        /// Of type s.
        case text(String)
        /// A truth value, nil, an impulse or a blob: read over.
        case other
    }

    /// The address pattern, which begins with "/".
    package var address: String
    /// The arguments in order.
    package var arguments: [Argument]

    /// Levels of bundles in bundles that are read.
    private static let depthLimit = 8

    /// The messages of a datagram, those of bundles in their order. Time tags are not used.
    package static func messages(in datagram: ArraySlice<UInt8>) throws(DatagramError) -> [OSCMessage] {
        var messages: [OSCMessage] = []
        try read(datagram, into: &messages, depth: 0)
        return messages
    }

    private static func read(
        _ bytes: ArraySlice<UInt8>, into messages: inout [OSCMessage], depth: Int
    ) throws(DatagramError) {
        guard depth <= depthLimit else {
            throw DatagramError(.tooLarge, "expected at most \(depthLimit) bundles in one another")
        }
        guard bytes.starts(with: Array("#bundle\0".utf8)) else {
            messages.append(try OSCMessage(bytes))
            return
        }
        var reader = ByteReader(bytes)
        try reader.skip(16)
        while reader.remaining > 0 {
            let size = Int(Int32(bitPattern: try reader.integer(isLittleEndian: false)))
            guard size > 0, size.isMultiple(of: 4) else {
                throw DatagramError(.malformed, "expected the size of a bundle's element, got \(size)")
            }
            try read(try reader.take(size), into: &messages, depth: depth + 1)
        }
    }

    private init(_ bytes: ArraySlice<UInt8>) throws(DatagramError) {
        var bytes = bytes
        address = try Self.text(&bytes)
        guard address.hasPrefix("/") else { throw DatagramError(.malformed, "expected an address, got something else") }
        arguments = []
        guard !bytes.isEmpty else { return }  // old senders write no types
        for tag in try Self.text(&bytes).dropFirst() {
            arguments.append(try Self.argument(tag, &bytes))
        }
    }

    private static func argument(
        _ tag: Character, _ bytes: inout ArraySlice<UInt8>
    ) throws(DatagramError) -> Argument {
        var reader = ByteReader(bytes)
        let argument: Argument
        switch tag {
        case "s":
            return .text(try text(&bytes))
        case "i": argument = .number(Double(Int32(bitPattern: try reader.integer(isLittleEndian: false))))
        case "f": argument = .number(try reader.float(isLittleEndian: false))
        case "d": argument = .number(try reader.double(isLittleEndian: false))
        case "h": argument = .number(Double(Int64(bitPattern: try reader.integer(isLittleEndian: false))))
        case "T", "F", "N", "I": argument = .other
        case "b":
            let size = Int(Int32(bitPattern: try reader.integer(isLittleEndian: false)))
            try reader.skip(size)
            // The padding of the last part may be missing.
            try reader.skip(min((4 - size % 4) % 4, reader.remaining))
            argument = .other
        default: throw DatagramError(.unsupported, "expected a known type of argument, got another")
        }
        bytes = bytes[reader.position...]
        return argument
    }

    /// Text up to a zero byte, with its padding.
    private static func text(_ bytes: inout ArraySlice<UInt8>) throws(DatagramError) -> String {
        guard let end = bytes.firstIndex(of: 0) else { throw DatagramError(.truncated, "expected the end of a text") }
        guard let text = String(validating: bytes[..<end], as: UTF8.self) else {
            throw DatagramError(.malformed, "expected text in UTF-8")
        }
        bytes = bytes.dropFirst((end - bytes.startIndex) / 4 * 4 + 4)
        return text
    }
}
