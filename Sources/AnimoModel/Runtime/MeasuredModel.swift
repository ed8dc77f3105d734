import AnimoCompute

/// A family's networks as a benchmark looks at them, and the memory they work in.
package protocol MeasuredModel: HeadModel {
    /// Bytes of the weights as the kernels hold them.
    var weightBytes: Int { get }

    /// Runs `body` and says how long each convolution in it took.
    func profile(_ body: () throws -> Void) rethrows -> [LayerTime]
}

extension AniMo: MeasuredModel {
    package func profile(_ body: () throws -> Void) rethrows -> [LayerTime] { try contexts.profile(body) }

    package func releaseMemory(unusedFor time: Duration, keeping bytes: Int) -> Int {
        contexts.release(unusedFor: time, keeping: bytes)
    }
}

extension PIRenderer: MeasuredModel {
    package func profile(_ body: () throws -> Void) rethrows -> [LayerTime] { try contexts.profile(body) }

    package func releaseMemory(unusedFor time: Duration, keeping bytes: Int) -> Int {
        contexts.release(unusedFor: time, keeping: bytes)
    }
}

extension FirstOrderMotion: MeasuredModel {
    package func profile(_ body: () throws -> Void) rethrows -> [LayerTime] { try contexts.profile(body) }

    package func releaseMemory(unusedFor time: Duration, keeping bytes: Int) -> Int {
        contexts.release(unusedFor: time, keeping: bytes)
    }
}

extension LatentPose: MeasuredModel {
    package func profile(_ body: () throws -> Void) rethrows -> [LayerTime] { try contexts.profile(body) }

    package func releaseMemory(unusedFor time: Duration, keeping bytes: Int) -> Int {
        contexts.release(unusedFor: time, keeping: bytes)
    }
}

extension TalkingHead3: MeasuredModel {
    package func profile(_ body: () throws -> Void) rethrows -> [LayerTime] { try contexts.profile(body) }

    package func releaseMemory(unusedFor time: Duration, keeping bytes: Int) -> Int {
        contexts.release(unusedFor: time, keeping: bytes)
    }
}
