import AnimoWire

/// A queue between the frames of a `Health.Watch` and their reader.
final class WatchQueue: Sendable {
    /// Newest statuses, at most 4 unread; ends with the stream, by its error or not.
    let statuses: AsyncThrowingStream<Wire.HealthCheckResponse.ServingStatus, any Error>
    private let continuation: AsyncThrowingStream<Wire.HealthCheckResponse.ServingStatus, any Error>.Continuation

    /// A queue before its stream is opened.
    init() { (statuses, continuation) = AsyncThrowingStream.makeStream(bufferingPolicy: .bufferingNewest(4)) }

    /// Queues a status, or ends the queue.
    func receive(_ event: ClientStreams.Event) {
        switch event {
        case .data(_, let body):
            do {
                continuation.yield(try Wire.HealthCheckResponse(decoding: body).status)
            } catch {
                continuation.finish(throwing: RPCError.misbehaved(error.description))
            }
        case .response(_, let response):
            continuation.finish(throwing: response.status.map(RPCError.init(status:)))
        case .ended: continuation.finish()
        case .failed(_, let error): continuation.finish(throwing: error)
        }
    }

    /// Ends the queue, by an error or not.
    func end(_ error: RPCError?) { continuation.finish(throwing: error) }

    /// Calls `action` once when the reader has gone or the stream has ended.
    func whenNobodyReads(_ action: @escaping @Sendable () -> Void) {
        continuation.onTermination = { _ in action() }
    }
}

extension AnimoClient {
    /// The health of the whole server, or of one model, now and each time it changes; ends by UNAVAILABLE when the
    /// server stops or the connection is lost. For one reader.
    public func watch(service: String = "") async throws
        -> AsyncThrowingStream<Wire.HealthCheckResponse.ServingStatus, any Error>
    {
        try await onConnection { connection in
            let queue = WatchQueue()
            let stream = try connection.watch(Wire.HealthCheckRequest(service: service), into: queue)
            // Holds the connection as long as somebody reads.
            queue.whenNobodyReads { connection.forget(stream) }
            return queue.statuses
        }
    }
}
