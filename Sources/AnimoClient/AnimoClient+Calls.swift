import AnimoWire

extension AnimoClient {
    /// Describes the daemon: its models, or the one that is named, and its limits.
    public func describe(model: String = "", timeout: Duration? = nil) async throws -> Wire.DescribeReply {
        try await call(.describe, Wire.DescribeRequest(model: model), timeout)
    }

    /// Prepares a source and keeps it at the daemon, for as long as there is room; see also `hold`.
    public func putSource(
        _ request: Wire.PutSourceRequest, timeout: Duration? = nil
    ) async throws -> Wire.PutSourceReply {
        try await call(.putSource, request, timeout)
    }

    /// Forgets a source at the daemon; no error where it was not there.
    @discardableResult
    public func dropSource(id: [UInt8], timeout: Duration? = nil) async throws -> Wire.DropSourceReply {
        try await call(.dropSource, Wire.DropSourceRequest(id: id), timeout)
    }

    /// Renders a source driven by a picture, a pose or a motion.
    public func reenact(_ request: Wire.ReenactRequest, timeout: Duration? = nil) async throws -> Wire.ReenactReply {
        try await call(.reenact, request, timeout)
    }

    /// Renders a source in a pose given by names and numbers.
    public func editPose(
        _ request: Wire.EditPoseRequest, timeout: Duration? = nil
    ) async throws -> Wire.EditPoseReply {
        try await call(.editPose, request, timeout)
    }

    /// Reads a driver as numbers, without rendering.
    public func retarget(
        _ request: Wire.RetargetRequest, timeout: Duration? = nil
    ) async throws -> Wire.RetargetReply {
        try await call(.retarget, request, timeout)
    }

    /// The daemon's state and counters; for its owner, root and the admin list.
    public func status(timeout: Duration? = nil) async throws -> Wire.StatusReply {
        try await call(.status, Wire.StatusRequest(), timeout)
    }

    /// The reference loops are slow: without a timeout they get two minutes.
    public func verify(model: String = "", timeout: Duration? = nil) async throws -> Wire.VerifyReply {
        try await call(.verify, Wire.VerifyRequest(model: model), timeout ?? .seconds(120))
    }

    /// Lets the daemon read its models' files again, check and warm what has changed, and serve it: all or none.
    /// Reading models may take a while: without a timeout it gets five minutes.
    public func reload(timeout: Duration? = nil) async throws -> Wire.ReloadReply {
        try await call(.reload, Wire.ReloadRequest(), timeout ?? .seconds(300))
    }

    /// Lets the daemon take no more work, or, to `resume`, take it again; asked again, it tells how much is left.
    public func drain(resume: Bool = false, timeout: Duration? = nil) async throws -> Wire.DrainReply {
        try await call(.drain, Wire.DrainRequest(resume: resume), timeout)
    }

    /// Health of the whole server, or of one model; also the way to ping.
    public func check(service: String = "", timeout: Duration? = nil) async throws -> Wire.HealthCheckResponse {
        try await call(.healthCheck, Wire.HealthCheckRequest(service: service), timeout)
    }

    /// Opens a live session and waits for `opened`. Lost with its connection, it is not opened again.
    public func animate(_ open: Wire.AnimateOpen, timeout: Duration? = nil) async throws -> AnimateSession {
        try await self.open(open, timeout ?? Self.defaultTimeout)
    }

    /// Opens a stream of pictures whose faces are found and read, and waits for `opened`.
    public func track(_ open: Wire.TrackOpen, timeout: Duration? = nil) async throws -> TrackSession {
        try await self.open(open, timeout ?? Self.defaultTimeout)
    }
}
