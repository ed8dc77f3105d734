import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// A tracker in a file of its own, served beside other models: it finds and reads heads, and renders none.
package final class FaceTrackerModel: HeadModel {
    /// The tracker itself, which tracking calls use.
    package let tracker: HeadTracker
    /// No domains, no readers: nothing can be rendered.
    package let capabilities: Capabilities
    /// Unused: no pose drives a tracker.
    package let poseMapping = PoseMapping(basis: nil)

    /// - Throws: ``ModelError/Code/missingTensor`` where the file has no part `face`.
    init(file: ModelFile, pool: WorkerPool, lanes: Int) throws {
        tracker = try HeadTracker(file.arrays, pool: pool, lanes: lanes)
        capabilities = Capabilities(
            domains: [], nativeSize: file.metadata.nativeSize, codeCount: 0, takesPoses: false, takesMotions: false,
            readers: [])
    }

    private static var rendersNothing: ModelError {
        ModelError(.missingPart, "a face tracker finds and reads heads, and has no networks that draw one")
    }

    /// - Throws: ``ModelError/Code/missingPart``, always.
    package func prepare(_ source: SourceImages, domain: Domain) throws -> any PreparedHead {
        throw Self.rendersNothing
    }

    /// - Throws: ``ModelError/Code/missingPart``, always: frames are read by ``tracker``.
    package func read(_ frames: [FrameImage], by reader: NetworkEstimator) throws -> [DriverNumbers] {
        throw Self.rendersNothing
    }

    /// - Throws: ``ModelError/Code/missingPart``, always.
    package func code(of numbers: DriverNumbers, in context: DriverContext) throws -> CodedDriver {
        throw Self.rendersNothing
    }

    /// - Throws: ``ModelError/Code/missingPart``, always.
    package func retarget(_ numbers: DriverNumbers) throws -> Retargeted { throw Self.rendersNothing }

    /// 1; unused, since nothing is rendered.
    package func largestBatch(_ source: any PreparedHead) -> Int { 1 }

    /// - Throws: ``ModelError/Code/missingPart``, always.
    package func render(_ requests: [RenderRequest]) throws -> [RenderedHead] { throw Self.rendersNothing }

    /// Compares the tracker's networks, as ``HeadTracker/verify(against:)``.
    package func verify(against file: ModelFile) throws -> [VerifyStage] {
        try tracker.verify(against: file.arrays)
    }

    /// Looks at a grey picture once.
    package func warmUp() throws { try tracker.warmUp() }
}

extension HeadTracker {
    /// Looks at a grey picture once: what allocates the first time does so now.
    package func warmUp() throws {
        _ = read(try RGBPicture([UInt8](repeating: 128, count: 64 * 64 * 3), width: 64, height: 64))
    }
}

extension ModelFile {
    /// The tracker of this file's part `face`; nil where it has none.
    package func headTracker(pool: WorkerPool, lanes: Int = 16) throws -> HeadTracker? {
        guard metadata.parts.contains(PartRow.face.name) else { return nil }
        return try HeadTracker(arrays, pool: pool, lanes: lanes)
    }
}
