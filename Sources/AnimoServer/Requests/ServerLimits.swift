import AnimoPictures
import AnimoWire

/// What one client, one picture and the whole daemon may take: the configuration's `limits`.
public struct ServerLimits: Sendable, Equatable {
    public var frameBytes = 4_194_304
    public var picturePixels = 16_777_216
    public var pictureSide = 8192
    public var sessions = 64
    public var queueSeconds = 10.0
    public var sourceCacheBytes = 268_435_456
    /// What all requests in the works may hold: what was sent, decoded pictures, results on their way.
    public var requestBytes = 536_870_912
    /// Frames of a session without a result.
    public var window = 4
    public var windowMaximum = 64
    /// Side of a drawn picture.
    public var sizeMaximum = 1024
    /// Calls of one connection in the works.
    public var callsPerConnection = 64
    public var connections = 1024
    /// Of one peer: a user, a certificate or a host. nil: as many as there are for all.
    public var peerConnections: Int?
    public var peerSessions: Int?
    public var peerCalls: Int?

    public init() {}

    var pictures: PictureLimits { PictureLimits(pixels: picturePixels, side: pictureSide) }

    var wire: Wire.Limits {
        Wire.Limits(
            frameBytes: UInt64(frameBytes), picturePixels: UInt64(picturePixels), pictureSide: UInt32(pictureSide),
            sessions: UInt32(sessions), queueSeconds: queueSeconds, sourceCacheBytes: UInt64(sourceCacheBytes),
            window: UInt32(window), windowMaximum: UInt32(windowMaximum), sizeMaximum: UInt32(sizeMaximum))
    }
}
