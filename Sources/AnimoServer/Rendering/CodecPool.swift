import NIOPosix

/// Threads of their own for decoding, resizing and encoding, so that neither the event loops nor Swift's pool wait.
package struct CodecPool: Sendable {
    private let threads: NIOThreadPool

    package init(threads: Int) {
        self.threads = NIOThreadPool(numberOfThreads: threads)
        self.threads.start()
    }

    /// Runs `body` to its end, whether or not the caller is cancelled: a picture that was drawn is also encoded.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            threads.submit { state in
                switch state {
                case .active: continuation.resume(with: Result { try body() })
                case .cancelled: continuation.resume(throwing: CancellationError())
                }
            }
        }
    }

    /// Where nothing is decoded, `body` runs at once: a change of threads would take longer than it does.
    func run<Value: Sendable>(
        decoding: Bool, _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        decoding ? try await run(body) : try body()
    }

    package func stop() async throws { try await threads.shutdownGracefully() }
}
