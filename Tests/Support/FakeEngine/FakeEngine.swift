import AnimoModel
import AnimoModelFile
import AnimoMotion
import AnimoServer
import Foundation

/// An engine whose pictures tell what they were drawn from: red is the source's first byte, green the motion's first
/// number. A gate holds its drawings back, and every batch is told as it begins.
package final class FakeEngine: HeadModel {
    /// What the drawings refuse on purpose.
    struct Refused: Error {}

    package final class Features: PreparedHead {
        let tint: UInt8
        package let byteCount: Int
        package let translation: SIMD3<Float>?
        package let height = 32
        package let width = 32

        package init(tint: UInt8, byteCount: Int, translation: SIMD3<Float>? = nil) {
            self.tint = tint
            self.byteCount = byteCount
            self.translation = translation
        }
    }

    package let capabilities: Capabilities
    private let information: ModelInformation
    package let poseMapping = PoseMapping(basis: (0..<17 * 64).map { $0 % 65 == 0 ? 1 : 0 })
    private let largestBatch: Int
    /// Seconds that each drawing takes.
    private let cost: Double
    private let keepsRecord: Bool
    private let tracker: HeadTracker?
    /// Rendered whatever is asked for; nil for pictures that tell what they were drawn from.
    private let head: RenderedHead?
    /// Sizes of batches, as they begin.
    package let begun: AsyncStream<Int>
    private let beginning: AsyncStream<Int>.Continuation
    private let gate = NSCondition()
    /// Guarded by `gate`.
    private nonisolated(unsafe) var isOpen = true
    private nonisolated(unsafe) var drawnMotions: [Float] = []
    private nonisolated(unsafe) var drawnWindows: [[Float]] = []

    /// - Parameters:
    ///   - cost: seconds that each drawing takes.
    ///   - keepsRecord: whether it can be asked what it drew, which takes memory for each.
    ///   - head: rendered whatever is asked for; nil for pictures that tell what they were drawn from.
    ///   - tracker: finds and reads heads beside it.
    ///   - adjust: what it shall be able to do besides.
    package init(
        batchLimit: Int = 4, estimators: [Domain: Int] = [.anime: 32, .vox: 32], digest: [UInt8] = [1, 2, 3],
        cost: Double = 0, keepsRecord: Bool = true, head: RenderedHead? = nil, tracker: HeadTracker? = nil,
        adjust: (inout Capabilities) -> Void = { _ in }
    ) {
        largestBatch = batchLimit
        self.cost = cost
        self.keepsRecord = keepsRecord
        self.tracker = tracker
        self.head = head
        (begun, beginning) = AsyncStream.makeStream()
        information = ModelInformation(
            digest: digest, family: "fake", channels: PoseMapping.standardChannels, channelsInferred: false,
            title: "", licence: "", isBuiltIn: false)
        var capabilities = Capabilities(
            domains: [.anime, .vox], nativeSize: 32, codeCount: Motion.count, takesPoses: true, takesMotions: true,
            readers: estimators.map { NetworkEstimator(part: "estimator", domain: $0, alignment: .square, side: $1) })
        adjust(&capabilities)
        self.capabilities = capabilities
    }

    /// Whoever waits for the next batch learns that there is none.
    deinit { beginning.finish() }

    /// What the driver does beyond the neutral.
    package func relative(
        _ code: DriverCode, to neutral: DriverCode, of source: any PreparedHead, adaptsScale: Bool
    ) throws -> DriverCode {
        DriverCode(zip(code.values, neutral.values).map { ($0 - $1) * (adaptsScale ? 2 : 1) })
    }

    /// First numbers of the codes of the windows that were drawn, in order.
    package var windows: [[Float]] {
        gate.lock()
        defer { gate.unlock() }
        return drawnWindows
    }

    /// First numbers of the motions that were drawn, in order.
    package var drawn: [Float] {
        gate.lock()
        defer { gate.unlock() }
        return drawnMotions
    }

    package func close() {
        gate.lock()
        isOpen = false
        gate.unlock()
    }

    package func open() {
        gate.lock()
        isOpen = true
        gate.broadcast()
        gate.unlock()
    }

    /// As the server is given it.
    package var engine: Engine { Engine(self, tracker: tracker, information: information) { [] } }

    package func largestBatch(_ source: any PreparedHead) -> Int { largestBatch }

    package func prepare(_ source: SourceImages, domain: Domain) throws -> any PreparedHead {
        Features(
            tint: UInt8(source.editing.pixels[0] * 255), byteCount: 1000,
            translation: domain == .vox ? SIMD3(0.1, 0.2, 0.3) : nil)
    }

    package func read(_ frames: [FrameImage], by reader: NetworkEstimator) throws -> [DriverNumbers] {
        try frames.map {
            .motion(try Motion([($0.image.pixels[0] * 255).rounded()] + [Float](repeating: 0, count: 69)))
        }
    }

    package func code(of numbers: DriverNumbers, in context: DriverContext) throws -> CodedDriver {
        var motion: Motion
        switch numbers {
        case .motion(let given), .placed(let given, _): motion = given
        case .pose(let pose): motion = try poseMapping.motion(from: pose)
        case .flame, .code: throw ModelError(.missingPart, "motion: the fake reads none such")
        }
        let (translation, assumed) = TranslationRule.translation(
            source: context.domain, driver: context.kind, driven: motion.translation,
            own: context.source?.translation, asked: context.translation)
        motion.translation = translation
        return CodedDriver(DriverCode(motion), translationAssumed: assumed)
    }

    package func retarget(_ numbers: DriverNumbers) throws -> Retargeted {
        let code = try code(of: numbers, in: DriverContext(domain: .vox, kind: .motion)).code
        let inverse = try poseMapping.pose(from: Motion(code.values))
        return Retargeted(pose: inverse.pose, code: code, expressed: inverse.expressed)
    }

    package func render(_ requests: [RenderRequest]) throws -> [RenderedHead] {
        if keepsRecord { beginning.yield(requests.count) }
        gate.lock()
        while !isOpen { gate.wait() }
        gate.unlock()
        if cost > 0 { Thread.sleep(forTimeInterval: cost * Double(requests.count)) }
        return try requests.map { request in
            let first = request.codes[request.codes.count / 2].values.first ?? 0
            if first == 666 { throw Refused() }
            if keepsRecord { record(request, first) }
            if let head { return head }
            let tint = (request.source as? Features)?.tint ?? 0
            let green = UInt8(min(max(first, 0), 255))
            var pixels = [UInt8](repeating: 0, count: 32 * 32 * 3)
            for pixel in stride(from: 0, to: pixels.count, by: 3) { (pixels[pixel], pixels[pixel + 1]) = (tint, green) }
            return RenderedHead(picture: FloatImage(rgb8: pixels, width: 32, height: 32))
        }
    }

    private func record(_ request: RenderRequest, _ first: Float) {
        gate.lock()
        drawnMotions.append(first)
        drawnWindows.append(request.codes.map { $0.values.first ?? 0 })
        gate.unlock()
    }

    package func verify(against file: ModelFile) throws -> [VerifyStage] { [] }
    package func warmUp() {}
}
