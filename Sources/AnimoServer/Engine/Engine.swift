import AnimoModel
import AnimoModelFile
import AnimoMotion

/// A model as the server drives it. What it knows of the model's family is ``HeadModel`` alone.
///
/// The calls block and are made on the engine thread alone, one at a time, but for ``HeadModel/code(of:in:)`` and
/// ``HeadModel/retarget(_:)`` of numbers, which codec threads call too.
package final class Engine: Sendable {
    /// The networks, whatever their family.
    package let model: any HeadModel
    /// Facts of the model that clients are told.
    package let information: ModelInformation
    /// The model's own tracker, where it has one.
    package let tracker: HeadTracker?
    /// From a tracker's numbers to the model's pose; nil where its poses are of numbers that no rules make.
    let faceMapping: FaceMapping?
    private let checks: @Sendable () throws -> [VerifyStage]

    /// - Parameter checks: what Verify runs.
    package init(
        _ model: any HeadModel, tracker: HeadTracker? = nil, information: ModelInformation,
        checks: @escaping @Sendable () throws -> [VerifyStage]
    ) {
        self.model = model
        self.tracker = tracker
        let isKnown = [Pose.count, PoseLayout.talkingHead3.count].contains(information.channels.count)
        faceMapping = isKnown ? try? FaceMapping(arkitFor: information.channels) : nil
        self.information = information
        self.checks = checks
    }

    var capabilities: Capabilities { model.capabilities }

    /// Part of the model's codes that control reads and writes; nil where it does not apply: pictures of several
    /// frames, and models with relative motion of their own.
    var controlCode: ControlCode? {
        guard capabilities.window == 1, !capabilities.isRelative else { return nil }
        return ControlCode(mapping: model.poseMapping, codeCount: capabilities.codeCount)
    }

    /// The number of the pose that moves the chest; nil where figures do not breathe, or the pose is not the code.
    var breathing: Int? {
        guard capabilities.codeCount == information.channels.count else { return nil }
        return information.channels.firstIndex(of: "breathing")
    }

    func verify() throws -> [VerifyStage] { try checks() }
}

/// The facts of a model that clients are told.
package struct ModelInformation: Sendable {
    /// SHA-256 of the model file.
    package var digest: [UInt8]
    /// Name of the family, as `describe` shows it.
    package var family: String
    /// Names of a pose's numbers, in the order in which they are sent.
    package var channels: [String]
    /// Whether the file names no channels, so that the family's usual names stand.
    package var channelsInferred: Bool
    /// Title that the file gives itself; empty for none.
    package var title: String
    /// Terms of the weights, as the file states them; empty for none.
    package var licence: String
    /// Whether it is the small model that the daemon brings.
    package var isBuiltIn: Bool
    /// Place of the face in each domain's pictures.
    package var framings: [Domain: HeadFraming]

    /// Creates the facts from their fields.
    package init(
        digest: [UInt8], family: String, channels: [String], channelsInferred: Bool, title: String, licence: String,
        isBuiltIn: Bool, framings: [Domain: HeadFraming] = [:]
    ) {
        self.digest = digest
        self.family = family
        self.channels = channels
        self.channelsInferred = channelsInferred
        self.title = title
        self.licence = licence
        self.isBuiltIn = isBuiltIn
        self.framings = framings
    }

    /// Reads the facts off a model file's metadata.
    package init(_ metadata: ModelMetadata, digest: [UInt8], isBuiltIn: Bool) {
        self.init(
            digest: digest, family: metadata.family.rawValue, channels: metadata.channels,
            channelsInferred: metadata.channelsInferred, title: metadata.title ?? "", licence: metadata.licence ?? "",
            isBuiltIn: isBuiltIn, framings: metadata.framings)
    }
}
