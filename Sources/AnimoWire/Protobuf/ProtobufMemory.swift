import CAnimoMessages

/// Owns what a C message points to while it is packed.
struct ProtobufMemory: ~Copyable {
    private var blocks: [UnsafeMutableRawPointer] = []

    deinit {
        for block in blocks { block.deallocate() }
    }

    mutating func message<Message: ProtobufConvertible>(
        _ value: Message?
    ) -> UnsafeMutablePointer<Message.Raw>? {
        guard let value else { return nil }
        let raw = allocate(Message.Raw.self, count: 1)
        Message.initialise(raw)
        value.fill(&raw.pointee, &self)
        return raw
    }

    mutating func messages<Message: ProtobufConvertible>(
        _ values: [Message]
    ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message.Raw>?>? {
        if values.isEmpty { return nil }
        let pointers = allocate(UnsafeMutablePointer<Message.Raw>?.self, count: values.count)
        for (index, value) in values.enumerated() {
            (pointers + index).initialize(to: message(value))
        }
        return pointers
    }

    /// Packed numbers or enum values.
    mutating func numbers<Number: BitwiseCopyable>(_ values: [Number]) -> UnsafeMutablePointer<Number>? {
        if values.isEmpty { return nil }
        let copy = allocate(Number.self, count: values.count)
        values.withUnsafeBufferPointer { values in
            if let base = values.baseAddress { copy.initialize(from: base, count: values.count) }
        }
        return copy
    }

    mutating func bytes(_ values: [UInt8]) -> ProtobufCBinaryData {
        ProtobufCBinaryData(len: values.count, data: numbers(values))
    }

    /// A C string: ends at the first NUL of `value`, should it have one.
    mutating func text(_ value: String) -> UnsafeMutablePointer<CChar> {
        let length = value.utf8.count
        let copy = allocate(CChar.self, count: length + 1)
        for (index, byte) in value.utf8.enumerated() {
            (copy + index).initialize(to: CChar(bitPattern: byte))
        }
        (copy + length).initialize(to: 0)
        return copy
    }

    mutating func texts(_ values: [String]) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
        if values.isEmpty { return nil }
        let pointers = allocate(UnsafeMutablePointer<CChar>?.self, count: values.count)
        for (index, value) in values.enumerated() {
            (pointers + index).initialize(to: text(value))
        }
        return pointers
    }

    private mutating func allocate<Element>(_: Element.Type, count: Int) -> UnsafeMutablePointer<Element> {
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: count * MemoryLayout<Element>.stride, alignment: MemoryLayout<Element>.alignment)
        blocks.append(block)
        return block.bindMemory(to: Element.self, capacity: count)
    }
}
