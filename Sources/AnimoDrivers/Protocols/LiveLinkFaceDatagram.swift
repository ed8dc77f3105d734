import AnimoMotion

/// A datagram of Live Link Face, version 6, big-endian.
///
/// Version u8 = 6; device and subject, each a length i32 and text; frame i32, sub-frame f32, rate as numerator and
/// denominator i32; count u8 = 61; 61×f32: ARKit's 52 blend shapes, then yaw, pitch and roll of head, left and right
/// eye in radians. It ends after the time, or with count 0, where no head is seen.
package enum LiveLinkFaceDatagram {
    private static let version: UInt8 = 6
    private static let count: UInt8 = 61

    /// Reads a datagram.
    ///
    /// - Throws: where it is not of version 6, ends early or has another count of numbers.
    package static func frame(_ datagram: ArraySlice<UInt8>) throws(DatagramError) -> TrackerFrame {
        var reader = ByteReader(datagram)
        let version = try reader.byte()
        guard version == Self.version else { throw DatagramError(.unsupported, "expected version 6, got \(version)") }
        for _ in 0..<2 {
            let length: UInt32 = try reader.integer(isLittleEndian: false)
            guard let length = Int(exactly: Int32(bitPattern: length)) else {
                throw DatagramError(.malformed, "length of a name")
            }
            try reader.skip(length)
        }
        let number = Double(Int32(bitPattern: try reader.integer(isLittleEndian: false)))
        let part = try reader.float(isLittleEndian: false)
        let numerator = Double(Int32(bitPattern: try reader.integer(isLittleEndian: false)))
        let denominator = Double(Int32(bitPattern: try reader.integer(isLittleEndian: false)))
        guard reader.remaining > 0 else { return TrackerFrame(isTracking: false) }
        let count = try reader.byte()
        guard count > 0 else { return TrackerFrame(isTracking: false) }
        guard count == Self.count else { throw DatagramError(.malformed, "expected 61 numbers, got \(count)") }
        var frame = TrackerFrame()
        let time = (number + part) * denominator / numerator
        if numerator > 0, denominator > 0, time.isFinite { frame.time = time }
        for name in ARKit.blendShapes { frame.set(name, try reader.float(isLittleEndian: false)) }
        var head = SIMD3<Double>()
        for axis in 0..<3 { head[axis] = try reader.float(isLittleEndian: false) * 180 / .pi }
        try reader.skip(6 * 4)
        frame.setHead(pitch: -head.y, yaw: head.x, roll: -head.z)
        return frame
    }
}
