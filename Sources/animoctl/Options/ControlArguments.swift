import AnimoCLI
import AnimoMotion
import AnimoWire
import ArgumentParser

/// Options for what happens to drivers before they are rendered.
struct ControlArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "With --relative: which parts. (default: expression,rotation,translation)", valueName: "parts"),
        transform: RelativeParts.init(parsing:))
    var relativeParts: RelativeParts?

    @Option(
        help: ArgumentHelp(
            "With --relative: take the driver's mean over so many milliseconds for its neutral; 0 takes one frame.",
            valueName: "ms"))
    var calibrate: UInt32?

    @Flag(help: "Left and right change places.")
    var mirror = false

    @Option(
        help: ArgumentHelp(
            "Strength of smoothing, 0 to 4; blinks are spared. (default: 1 for trackers and cameras, else 0)",
            valueName: "strength"))
    var smooth: Double?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "How much of a group's motion is shown, 0 to 2: brows, eyes, mouth, rotation, translation, body.",
            valueName: "group=N"),
        transform: GroupAssignment.init(parsing:))
    var gain: [GroupAssignment] = []

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Where a group's motion is from: driver, fixed, source or idle.", valueName: "group=word"),
        transform: GroupAssignment.init(parsing:))
    var origin: [GroupAssignment] = []

    @Flag(help: "The mouth alone follows the driver.")
    var lipsOnly = false

    @Flag(help: "The head does not turn.")
    var stillHead = false

    @Option(help: ArgumentHelp("Seed of the motion of a head that nobody drives. (default: 0)", valueName: "seed"))
    var idle: UInt64?

    @Option(help: ArgumentHelp("The pose of groups whose origin is fixed: JSON.", valueName: "file"))
    var fixed: String?

    @Option(
        help: ArgumentHelp(
            "Load these options and the neutral by name, where there are any, and keep them at the end.",
            valueName: "name"))
    var profile: String?

    func validate() throws {
        if let smooth, !(0...4).contains(smooth) { throw ValidationError("--smooth: expected 0 to 4, got \(smooth)") }
        if lipsOnly, stillHead { throw ValidationError("--lips-only already keeps the head still; omit --still-head") }
        for assignment in gain { _ = try assignment.gain }
        for assignment in origin { _ = try assignment.origin }
        if let profile { try ProfileFile.validate(profile) }
    }

    /// Returns what was asked for, without the profile.
    ///
    /// - Parameter isRelative: whether `--relative` was given.
    func settings(isRelative: Bool) throws -> ControlSettings {
        var settings = ControlSettings()
        if isRelative { settings.isRelative = true }
        settings.relativeParts = relativeParts?.parts
        if mirror { settings.isMirrored = true }
        settings.smoothing = smooth
        settings.idleSeed = idle
        if lipsOnly {
            for group in ControlGroup.allCases where group != .mouth { settings.origins[group] = .source }
        }
        if stillHead {
            for group in [ControlGroup.rotation, .translation, .body] { settings.origins[group] = .source }
        }
        for assignment in gain { settings.gains[assignment.group] = try assignment.gain }
        for assignment in origin { settings.origins[assignment.group] = try assignment.origin }
        if let fixed { settings.fixed = try PoseFile.pose(InputFile.read(fixed, as: "--fixed"), named: "--fixed") }
        return settings
    }
}

/// `expression,rotation,translation`
struct RelativeParts: Equatable, Sendable {
    let parts: [RelativePart]

    init(parsing text: String) throws {
        parts = try text.split(separator: ",").map { word in
            guard let part = RelativePart(rawValue: String(word)) else {
                throw ValidationError("expected some of expression,rotation,translation")
            }
            return part
        }
        guard !parts.isEmpty else { throw ValidationError("expected some of expression,rotation,translation") }
    }
}

/// `GROUP=VALUE`
struct GroupAssignment: Equatable, Sendable {
    let group: ControlGroup
    let value: String

    init(parsing text: String) throws {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let group = ControlGroup(rawValue: String(parts[0])) else {
            let groups = ControlGroup.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("expected GROUP=VALUE with one of \(groups)")
        }
        self.group = group
        value = String(parts[1])
    }

    var gain: Double {
        get throws {
            guard let gain = Double(value), (0...2).contains(gain) else {
                throw ValidationError("--gain \(group.rawValue): expected 0 to 2, got '\(value)'")
            }
            return gain
        }
    }

    var origin: ControlOrigin {
        get throws {
            guard let origin = ControlOrigin(rawValue: value) else {
                throw ValidationError(
                    "--origin \(group.rawValue): expected driver, fixed, source or idle, got '\(value)'")
            }
            return origin
        }
    }
}
