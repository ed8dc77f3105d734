import AnimoCompute

/// A family's networks as a benchmark looks at them, and the memory they work in.
package protocol MeasuredModel: HeadModel {
    /// Bytes of the weights as the kernels hold them.
    var weightBytes: Int { get }
    /// Contexts that it renders in.
    var contexts: ComputeContextPool { get }
}

extension MeasuredModel {
    /// Runs `body` and returns how long each convolution in it took.
    package func profile(_ body: () throws -> Void) rethrows -> [LayerTime] { try contexts.profile(body) }

    /// Frees the memory of contexts that nothing was rendered in for `time`, until no more than `bytes` are kept.
    ///
    /// - Returns: the bytes that were freed.
    package func releaseMemory(unusedFor time: Duration, keeping bytes: Int) -> Int {
        contexts.release(unusedFor: time, keeping: bytes)
    }
}

extension AniMo: MeasuredModel {}

extension PIRenderer: MeasuredModel {}

extension FirstOrderMotion: MeasuredModel {}

extension LatentPose: MeasuredModel {}

extension TalkingHead3: MeasuredModel {}
