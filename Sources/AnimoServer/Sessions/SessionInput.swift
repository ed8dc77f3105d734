import AnimoWire
import NIOCore

/// A message that a live session has read, on its way to the session's own task.
enum SessionInput: Sendable {
    case open(Wire.AnimateOpen, MemoryAccount, MemoryReservation)
    case frame(SessionFrame)
    case change(SessionChange)
}

/// A frame that was read: it gets one result.
struct SessionFrame: Sendable {
    let frame: Wire.AnimateFrame
    let received: NIODeadline
    /// Time from which its result is of no use.
    let deadline: NIODeadline
    /// Seconds of capture, or of arrival where the client does not say.
    let time: Double
    /// Pays for what is made of it.
    let account: MemoryAccount
    /// Reservation of the frame as it came, or why there was none for it.
    let memory: Result<MemoryReservation, RPCError>

    var seq: UInt64 { frame.seq }
    var captureTime: [UInt8] { frame.captureTime }

    init(
        _ frame: Wire.AnimateFrame, received: NIODeadline, account: MemoryAccount,
        memory: Result<MemoryReservation, RPCError>
    ) {
        var frame = frame
        // It was read, so it gets a result; what it brought is not kept.
        if case .failure = memory { frame.driver = nil }
        self.frame = frame
        self.received = received
        time =
            frame.timeUs == 0
            ? Double(received.uptimeNanoseconds) / 1_000_000_000 : Double(frame.timeUs) / 1_000_000
        deadline = received + (frame.timeoutNano == 0 ? .seconds(10) : .nanoseconds(frame.timeoutNano))
        self.account = account
        self.memory = memory
    }
}

/// A change that was read: it gets one answer.
struct SessionChange: Sendable {
    let change: Wire.AnimateChange
    /// The last frame that was read before it.
    let seq: UInt64
    let account: MemoryAccount
    let memory: Result<MemoryReservation, RPCError>
}

/// Options that the frames from here on are rendered with.
struct SessionSetting: Sendable {
    var source: CachedSource
    var output: OutputOptions
    var options: Wire.DrawOptions?
    /// Codes of the frames around, where pictures depend on more than their own frame; nil elsewhere.
    var timeline: SessionTimeline?
    /// nil where no tracker is served for the model.
    var faces: SessionFaces?
    /// nil where motion is absolute.
    var relative: RelativeMotion?
    /// nil where drivers are rendered as they come.
    var control: SessionControl?

    /// Whether frames are read one after another, since each depends on those before it.
    var isSequential: Bool { timeline != nil || control != nil || faces != nil }
}
