import AnimoMotion
import AnimoModel
import AnimoModelFile

/// A model as the server drives it. What it knows of the model's family is ``HeadModel`` alone.
///
/// The calls block and are made on the engine thread alone, one at a time, but for ``HeadModel/code(of:in:)`` and
/// ``HeadModel/retarget(_:)`` of numbers, which codec threads call too.
package final class Engine: Sendable {
    package let model: any HeadModel
    package let information: ModelInformation
    private let checks: @Sendable () throws -> [VerifyStage]

    /// - Parameter checks: what Verify runs.
    package init(
        _ model: any HeadModel, information: ModelInformation,
        checks: @escaping @Sendable () throws -> [VerifyStage]
    ) {
        self.model = model
        self.information = information
        self.checks = checks
    }

    var capabilities: Capabilities { model.capabilities }

    /// Draws tasks whose sources have one domain and one size; a task's picture does not depend on its company.
    func draw(_ tasks: [DrawTask]) throws -> [Drawn] {
        let requests = try tasks.map { task in
            switch task.driver {
            case .codes(let codes): return RenderRequest(source: task.source, codes: codes)
            case .frame(let frame, let reader, let finish):
                guard let numbers = try model.read([frame], by: reader).first else {
                    throw EngineFailure.nothingDrawn
                }
                return RenderRequest(source: task.source, codes: try finish(numbers))
            }
        }
        return zip(try model.render(requests), requests).map { image, request in
            Drawn(image: image, code: request.codes[request.codes.count / 2])
        }
    }

    func read(_ frame: FrameImage, by reader: HeadReader) throws -> DriverNumbers {
        guard let numbers = try model.read([frame], by: reader).first else { throw EngineFailure.nothingDrawn }
        return numbers
    }

    func verify() throws -> [VerifyStage] { try checks() }
}

/// What moves a source: numbers, or a frame that the engine turns into numbers first.
package enum EngineDriver: Sendable {
    /// As many as the model's window has frames.
    case codes([DriverCode])
    /// A frame aligned for its reader, and what to make of the numbers read from it.
    case frame(FrameImage, HeadReader, finish: @Sendable (DriverNumbers) throws -> [DriverCode])
}

package struct DrawTask: Sendable {
    package let source: any PreparedHead
    package let driver: EngineDriver

    package init(source: any PreparedHead, driver: EngineDriver) {
        self.source = source
        self.driver = driver
    }
}

package struct Drawn: Sendable {
    package let image: FloatImage
    /// What the networks read for it.
    package let code: DriverCode

    package init(image: FloatImage, code: DriverCode) {
        self.image = image
        self.code = code
    }
}

/// What must not happen inside an engine; clients are told INTERNAL.
enum EngineFailure: Error {
    case nothingDrawn
}

/// The facts of a model that clients are told.
package struct ModelInformation: Sendable {
    package var digest: [UInt8]
    package var family: String
    package var channels: [String]
    package var channelsInferred: Bool
    package var title: String
    package var licence: String
    package var isBuiltIn: Bool

    package init(
        digest: [UInt8], family: String, channels: [String], channelsInferred: Bool, title: String, licence: String,
        isBuiltIn: Bool
    ) {
        self.digest = digest
        self.family = family
        self.channels = channels
        self.channelsInferred = channelsInferred
        self.title = title
        self.licence = licence
        self.isBuiltIn = isBuiltIn
    }

    package init(_ metadata: ModelMetadata, digest: [UInt8], isBuiltIn: Bool) {
        self.init(
            digest: digest, family: metadata.family.rawValue, channels: metadata.channels,
            channelsInferred: metadata.channelsInferred, title: metadata.title ?? "", licence: metadata.licence ?? "",
            isBuiltIn: isBuiltIn)
    }
}
