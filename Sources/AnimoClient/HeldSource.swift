import AnimoWire
import Synchronization

/// A source at the daemon whose picture is kept here, to be put again should the daemon have dropped it.
public final class HeldSource: Sendable {
    /// The request that puts the source, with its picture.
    public let request: Wire.PutSourceRequest
    private let state: Mutex<Wire.PreparedSource>

    /// - Parameter prepared: the daemon's answer to `request`.
    init(_ request: Wire.PutSourceRequest, _ prepared: Wire.PreparedSource) {
        self.request = request
        state = Mutex(prepared)
    }

    /// The source as the daemon prepared it last.
    public var prepared: Wire.PreparedSource { state.withLock { $0 } }

    /// For requests.
    public var source: Wire.Source { Wire.Source(kind: .id(prepared.id)) }

    /// Replaces the source's id and data after it was put again.
    func update(_ prepared: Wire.PreparedSource) { state.withLock { $0 = prepared } }
}

extension AnimoClient {
    /// Puts a source and remembers its picture.
    public func hold(_ request: Wire.PutSourceRequest, timeout: Duration? = nil) async throws -> HeldSource {
        let reply = try await putSource(request, timeout: timeout)
        guard let prepared = reply.source else { throw RPCError.misbehaved("expected a source, got none") }
        return HeldSource(request, prepared)
    }

    /// Runs a call with the id of a held source; if the daemon has it no more, puts it again and repeats.
    ///
    /// - Parameter timeout: of the put, should there be one.
    public func using<Reply>(
        _ held: HeldSource, timeout: Duration? = nil, _ call: (Wire.Source) async throws -> Reply
    ) async throws -> Reply {
        var tried = 1
        while true {
            do {
                return try await call(held.source)
            } catch let error as RPCError where error.code == .notFound && error.reason == .noSuchSource {
                // It may be gone again before the call comes: evicted by others, or the daemon was started anew.
                guard tried < max(2, retry.tries) else { throw error }
                tried += 1
                guard let prepared = try await putSource(held.request, timeout: timeout).source else { throw error }
                held.update(prepared)
            }
        }
    }

    /// Renders a held source driven by `driver`, putting the source again if the daemon has dropped it.
    public func reenact(
        _ held: HeldSource, _ driver: Wire.Driver, options: Wire.DrawOptions = Wire.DrawOptions(),
        relative: Wire.Relative? = nil, timeout: Duration? = nil
    ) async throws -> Wire.ReenactReply {
        try await using(held, timeout: timeout) { source in
            let request = Wire.ReenactRequest(
                model: held.request.model, source: source, driver: driver, options: options, relative: relative)
            return try await reenact(request, timeout: timeout)
        }
    }

    /// Opens a session on a held source, whose model is the source's; `open` says the rest.
    public func animate(
        _ held: HeldSource, _ open: Wire.AnimateOpen = Wire.AnimateOpen(), timeout: Duration? = nil
    ) async throws -> AnimateSession {
        try await using(held, timeout: timeout) { source in
            var open = open
            open.model = held.request.model
            open.source = source
            return try await animate(open, timeout: timeout)
        }
    }
}
