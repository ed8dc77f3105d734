import AnimoMotion

/// The state that a sender of the Virtual Motion Capture protocol has told so far; this end is its marionette.
///
/// `/VMC/Ext/Blend/Val` is remembered until it is sent again; `/VMC/Ext/Blend/Apply` completes a frame, or, where no
/// value of a blend ever came, `/VMC/Ext/OK` or `/VMC/Ext/T` after a bone. Of the bones, neck and head are used.
package struct VMCState: Sendable {
    /// The most names that are remembered of one sender.
    private static let nameLimit = 1024
    private static let bones = ["neck", "head"]

    private var values: [InputName: Double] = [:]
    private var rotations: [String: HeadRotation] = [:]
    private var isTracking = true
    private var time: Double?
    private var hasNewBones = false
    private var hasNewValues = false
    /// Indicates whether one of ARKit's names has come ("perfect sync").
    package private(set) var sendsARKitNames = false

    /// Creates the state of a sender that has said nothing.
    package init() {}

    /// Takes a datagram.
    ///
    /// - Returns: the frames that it completes.
    package mutating func take(_ datagram: ArraySlice<UInt8>) throws(DatagramError) -> [TrackerFrame] {
        try OSCMessage.messages(in: datagram).compactMap { take($0) }
    }

    private mutating func take(_ message: OSCMessage) -> TrackerFrame? {
        let name: String? = if case .text(let text) = message.arguments.first { text } else { nil }
        switch message.address {
        case "/VMC/Ext/Blend/Val":
            guard let name, let value = message.numbers(after: 1).first else { return nil }
            remember(InputName(name), value)
        case "/VMC/Ext/Bone/Pos":
            guard let bone = name?.lowercased(), Self.bones.contains(bone) else { return nil }
            let numbers = message.numbers(after: 1)
            guard numbers.count >= 7 else { return nil }
            rotations[bone] =
                HeadRotation(x: numbers[3], y: numbers[4], z: numbers[5], w: numbers[6]) ?? rotations[bone]
            hasNewBones = true
        case "/VMC/Ext/OK":
            let flags = message.numbers(after: 0)
            guard let loaded = flags.first else { return nil }
            isTracking = loaded != 0 && (flags.count < 4 || flags[3] != 0)
            if hasNewBones, values.isEmpty { return frame() }
        case "/VMC/Ext/T":
            guard let seconds = message.numbers(after: 0).first else { return nil }
            if seconds.isFinite { time = seconds }
            if hasNewBones, values.isEmpty { return frame() }
        case "/VMC/Ext/Blend/Apply":
            if hasNewBones || hasNewValues { return frame() }
        default: break
        }
        return nil
    }

    private mutating func remember(_ name: InputName, _ value: Double) {
        hasNewValues = true
        guard value.isFinite, values[name] != nil || values.count < Self.nameLimit else { return }
        values[name] = value
        if !sendsARKitNames, ARKit.names.contains(name) { sendsARKitNames = true }
    }

    private mutating func frame() -> TrackerFrame {
        hasNewBones = false
        hasNewValues = false
        var frame = TrackerFrame(time: time, isTracking: isTracking, inputs: values)
        if !rotations.isEmpty {
            let angles = Self.bones.reduce(HeadRotation.identity) { $0 * (rotations[$1] ?? .identity) }.angles
            frame.setHead(pitch: angles.pitch, yaw: angles.yaw, roll: angles.roll)
        }
        return frame
    }
}

extension OSCMessage {
    /// The numbers among the arguments from a place on.
    fileprivate func numbers(after count: Int) -> [Double] {
        arguments.dropFirst(count).compactMap { if case .number(let value) = $0 { value } else { nil } }
    }
}
