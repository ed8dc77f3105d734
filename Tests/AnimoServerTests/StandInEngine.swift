import AnimoModel
import AnimoPictures
import Foundation

@testable import AnimoServer

/// An engine whose pictures tell what they were drawn from: red is the source's first byte, green the motion's first
/// number. A gate holds its drawings back, and every batch is told as it begins.
final class StandInEngine: Engine {
    struct Features: SourceFeatures {
        let tint: UInt8
        let byteCount: Int
    }

    let information: ModelInformation
    let poseMapping = PoseMapping(basis: (0..<17 * 64).map { $0 % 65 == 0 ? 1 : 0 })
    private let largestBatch: Int
    /// Sizes of batches, as they begin.
    let begun: AsyncStream<Int>
    private let beginning: AsyncStream<Int>.Continuation
    private let gate = NSCondition()
    /// Guarded by `gate`.
    private nonisolated(unsafe) var isOpen = true
    private nonisolated(unsafe) var drawnMotions: [Float] = []
    private nonisolated(unsafe) var failing = false

    init(batchLimit: Int = 4, estimators: [Domain: Int] = [.anime: 32, .vox: 32], digest: [UInt8] = [1, 2, 3]) {
        largestBatch = batchLimit
        (begun, beginning) = AsyncStream.makeStream()
        information = ModelInformation(
            digest: digest, family: "stand-in", domains: [.anime, .vox], nativeSize: 32,
            estimatorInputs: estimators, channels: PoseMapping.standardChannels, channelsInferred: false,
            title: "", licence: "", isBuiltIn: false)
    }

    /// Whoever waits for the next batch learns that there is none.
    deinit { beginning.finish() }

    /// First numbers of the motions that were drawn, in order.
    var drawn: [Float] {
        gate.lock()
        defer { gate.unlock() }
        return drawnMotions
    }

    func close() {
        gate.lock()
        isOpen = false
        gate.unlock()
    }

    func open() {
        gate.lock()
        isOpen = true
        gate.broadcast()
        gate.unlock()
    }

    func batchLimit(_ features: any SourceFeatures) -> Int { largestBatch }

    func prepare(_ pictures: SourcePictures, domain: Domain) throws -> PreparedFeatures {
        PreparedFeatures(
            features: Features(tint: pictures.editing.pixels[0], byteCount: 1000),
            translation: domain == .vox ? SIMD3(0.1, 0.2, 0.3) : nil)
    }

    func estimate(_ frames: [Picture], domain: Domain) throws -> [Motion] {
        try frames.map { try Motion([Float($0.pixels[0])] + [Float](repeating: 0, count: 69)) }
    }

    func draw(_ tasks: [DrawTask]) throws -> [Drawn] {
        beginning.yield(tasks.count)
        gate.lock()
        while !isOpen { gate.wait() }
        gate.unlock()
        return try tasks.map { task in
            let motion: Motion
            switch task.driver {
            case .motion(let given): motion = given
            case .frame(let frame, let domain, let finish):
                motion = finish(try estimate([frame], domain: domain).first ?? Motion())
            }
            if motion.values[0] == 666 { throw EngineFailure.nothingDrawn }
            gate.lock()
            drawnMotions.append(motion.values[0])
            gate.unlock()
            let tint = (task.features as? Features)?.tint ?? 0
            let green = UInt8(min(max(motion.values[0], 0), 255))
            let pixels = (0..<32 * 32).flatMap { _ -> [UInt8] in [tint, green, 0] }
            return Drawn(picture: Picture(width: 32, height: 32, layout: .rgb, pixels: pixels), motion: motion)
        }
    }

    func verify() throws -> [VerifyStage] { [] }
    func warmUp() {}
}
