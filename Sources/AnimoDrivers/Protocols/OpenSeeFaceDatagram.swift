import AnimoMotion

/// A datagram of OpenSeeFace (facetracker.py): records of 1785 bytes, one a face, little-endian.
///
/// | offset | field |
/// |---|---|
/// | 0 | time, f64, Unix seconds |
/// | 8 | face, i32 |
/// | 20 | right eye open, left eye open, f32 |
/// | 28 | whether 3D points and pose were found, u8 |
/// | 29 | error of fit, f32 |
/// | 49 | Euler angles in degrees of OpenCV's RQ decomposition, 3×f32 |
/// | 1729 | 14 features, f32, about the running median of the person |
package enum OpenSeeFaceDatagram {
    /// Bytes of one face's record.
    package static let recordSize = 1785
    /// A fit that is worse is taken for no head, as in OpenSee.cs (`maxFit3DError`).
    package static let largestError = 100.0

    /// The features in their order, after the two eyes.
    private static let features =
        [
            "eyeLeft", "eyeRight", "eyebrowSteepnessLeft", "eyebrowUpDownLeft", "eyebrowQuirkLeft",
            "eyebrowSteepnessRight", "eyebrowUpDownRight", "eyebrowQuirkRight", "mouthCornerUpDownLeft",
            "mouthCornerInOutLeft", "mouthCornerUpDownRight", "mouthCornerInOutRight", "mouthOpen", "mouthWide",
        ].map { InputName($0) }
    private static let rightEyeOpen = InputName("rightEyeOpen")
    private static let leftEyeOpen = InputName("leftEyeOpen")

    /// Reads the record of the lowest face, or of `face`.
    ///
    /// - Returns: nil where that face is not in the datagram.
    package static func frame(_ datagram: ArraySlice<UInt8>, face: Int32?) throws(DatagramError) -> TrackerFrame? {
        guard !datagram.isEmpty, datagram.count.isMultiple(of: recordSize) else {
            throw DatagramError(.malformed, "expected records of \(recordSize) bytes, got \(datagram.count) bytes")
        }
        var chosen: (face: Int32, record: ArraySlice<UInt8>)?
        for start in stride(from: datagram.startIndex, to: datagram.endIndex, by: recordSize) {
            let record = datagram[start..<start + recordSize]
            var reader = ByteReader(record)
            try reader.skip(8)
            let id = Int32(bitPattern: try reader.integer(isLittleEndian: true))
            guard face.map({ $0 == id }) ?? (chosen.map { id < $0.face } ?? true) else { continue }
            if face == nil || chosen == nil { chosen = (id, record) }
        }
        guard let chosen else { return nil }
        return try frame(record: chosen.record)
    }

    private static func frame(record: ArraySlice<UInt8>) throws(DatagramError) -> TrackerFrame {
        var reader = ByteReader(record)
        let time = try reader.double(isLittleEndian: true)
        try reader.skip(12)
        let (rightEye, leftEye) = (try reader.float(isLittleEndian: true), try reader.float(isLittleEndian: true))
        let isFound = try reader.byte() == 1
        let error = try reader.float(isLittleEndian: true)
        try reader.skip(16)
        var euler = SIMD3<Double>()
        for axis in 0..<3 { euler[axis] = try reader.float(isLittleEndian: true) }
        try reader.skip(1729 - 61)
        var frame = TrackerFrame(time: time.isFinite ? time : nil, isTracking: isFound && error <= largestError)
        frame.set(rightEyeOpen, rightEye)
        frame.set(leftEyeOpen, leftEye)
        for name in features { frame.set(name, try reader.float(isLittleEndian: true)) }
        frame.setHead(pitch: wrapped(euler.x - 180), yaw: euler.y, roll: wrapped(90 - euler.z))
        return frame
    }

    /// Into −180…180.
    private static func wrapped(_ degrees: Double) -> Double {
        let turned = (degrees + 180).truncatingRemainder(dividingBy: 360)
        return (turned < 0 ? turned + 360 : turned) - 180
    }
}
