import NIOPosix

/// Threads of their own for decoding, resizing and encoding, so that neither the event loops nor Swift's pool wait.
public struct CodecPool: Sendable {
    private let threads: NIOThreadPool

    public init(threads: Int) {
        self.threads = NIOThreadPool(numberOfThreads: threads)
        self.threads.start()
    }

    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await threads.runIfActive(body)
    }

    public func stop() async throws { try await threads.shutdownGracefully() }
}
