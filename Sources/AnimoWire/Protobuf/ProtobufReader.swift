import CAnimoMessages

/// Reads messages from bytes that may come from anyone.
enum ProtobufReader {
    /// Bytes that unpacking may allocate: tiny repeated fields take up to a hundred times their bytes, so a
    /// frame of them is stopped here. Honest messages are mostly one picture and need its size once.
    static func budget(for bytes: Int) -> Int { (1 << 20) + 2 * bytes }

    static func unpack<Message: ProtobufConvertible>(
        _ bytes: UnsafeRawBufferPointer
    ) throws(MessageError) -> Message {
        let name = String(describing: Message.self)
        guard let descriptor = descriptor(of: Message.self) else { throw .malformed(message: name) }
        var budget = Budget(left: budget(for: bytes.count))
        let result: Result<Message, MessageError> = withUnsafeMutablePointer(to: &budget) { budget in
            var allocator = Budget.allocator(budget)
            // A NULL pointer with length 0 is fine by the library, but keep it from seeing one.
            var none: UInt8 = 0
            let unpacked = withUnsafePointer(to: &none) { none in
                protobuf_c_message_unpack(
                    descriptor, &allocator, bytes.count,
                    bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? none)
            }
            guard let unpacked else {
                return .failure(
                    budget.pointee.exceeded ? .tooManyFields(message: name) : .malformed(message: name))
            }
            defer { protobuf_c_message_free_unpacked(unpacked, &allocator) }
            let raw = UnsafeMutableRawPointer(unpacked).assumingMemoryBound(to: Message.Raw.self)
            return Result { () throws(MessageError) in try Message(raw.pointee) }
        }
        return try result.get()
    }

    private static func descriptor<Message: ProtobufConvertible>(
        of _: Message.Type
    ) -> UnsafePointer<ProtobufCMessageDescriptor>? {
        withUnsafeTemporaryAllocation(of: Message.Raw.self, capacity: 1) { space in
            guard let raw = space.baseAddress else { return nil }
            Message.initialise(raw)
            return UnsafeRawPointer(raw).assumingMemoryBound(to: ProtobufCMessage.self).pointee.descriptor
        }
    }

    static func message<Message: ProtobufConvertible>(
        _ raw: UnsafeMutablePointer<Message.Raw>?
    ) throws(MessageError) -> Message? {
        guard let raw else { return nil }
        return try Message(raw.pointee)
    }

    static func messages<Message: ProtobufConvertible>(
        _ raw: UnsafeMutablePointer<UnsafeMutablePointer<Message.Raw>?>?, _ count: Int, _ field: String
    ) throws(MessageError) -> [Message] {
        guard let raw, count > 0 else { return [] }
        var messages: [Message] = []
        messages.reserveCapacity(count)
        for index in 0..<count {
            guard let message: Message = try message(raw[index]) else { throw .malformed(message: field) }
            messages.append(message)
        }
        return messages
    }

    static func numbers<Number: BitwiseCopyable>(_ raw: UnsafeMutablePointer<Number>?, _ count: Int) -> [Number] {
        guard let raw, count > 0 else { return [] }
        return Array(UnsafeBufferPointer(start: raw, count: count))
    }

    static func bytes(_ raw: ProtobufCBinaryData) -> [UInt8] {
        numbers(raw.data, raw.len)
    }

    static func text(_ raw: UnsafePointer<CChar>?, _ field: String) throws(MessageError) -> String {
        guard let raw else { return "" }
        guard let text = String(validatingCString: raw) else { throw .notText(field: field) }
        return text
    }

    static func texts(
        _ raw: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, _ count: Int, _ field: String
    ) throws(MessageError) -> [String] {
        guard let raw, count > 0 else { return [] }
        var texts: [String] = []
        for index in 0..<count { texts.append(try text(raw[index], field)) }
        return texts
    }

    /// The enum's case for a number from the wire.
    static func known<Number: RawRepresentable<Int32>>(
        _ raw: UInt32, _ field: String
    ) throws(MessageError) -> Number {
        let number = Int32(bitPattern: raw)
        guard let value = Number(rawValue: number) else { throw .unknownNumber(field: field, number: number) }
        return value
    }
}

/// Counts what the library allocates while it unpacks one message.
private struct Budget {
    var left: Int
    var exceeded = false

    static func allocator(_ budget: UnsafeMutablePointer<Budget>) -> ProtobufCAllocator {
        ProtobufCAllocator(
            alloc: { state, size in
                guard let budget = state?.assumingMemoryBound(to: Budget.self) else { return nil }
                let cost = 16  // malloc's own, about
                guard size >= 0, size <= budget.pointee.left - cost else {
                    budget.pointee.exceeded = true
                    return nil
                }
                budget.pointee.left -= size + cost
                return UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
            },
            free: { _, block in block?.deallocate() },
            allocator_data: budget)
    }
}
