import AnimoPictures
import AnimoWire

/// Limits of one client, one picture and the whole daemon: the configuration's `limits`.
package struct ServerLimits: Sendable, Equatable {
    /// Bytes of one frame's payload, also told to clients.
    package var frameBytes = 4_194_304
    /// Pixels of one picture as sent.
    package var picturePixels = 16_777_216
    /// Pixels of a sent picture's longer side.
    package var pictureSide = 8192
    /// Live sessions of all peers together.
    package var sessions = 64
    /// Estimated seconds of compute that a job may wait for.
    package var queueSeconds = 10.0
    /// Bytes that prepared sources may take together.
    package var sourceCacheBytes = 268_435_456
    /// Bytes that all requests in flight may hold: what was sent, decoded pictures, results on their way.
    package var requestBytes = 536_870_912
    /// Frames of a session without a result.
    package var window = 4
    /// Largest window that a session may ask for, in frames.
    package var windowMaximum = 64
    /// Side of a rendered picture, and of one that the editing network renders at that size.
    package var sizeMaximum = 2048
    /// Largest side, in pixels, of a picture that the editing network renders at that size.
    package var editSizeMaximum = 1024
    /// Calls of one connection in flight.
    package var callsPerConnection = 64
    /// Open connections, those of administrators among them.
    package var connections = 1024
    /// Connections of one peer: a user, a certificate or a host. nil: three quarters of what there is for all.
    package var peerConnections: Int?
    /// Live sessions of one peer; nil: three quarters of ``sessions``.
    package var peerSessions: Int?
    /// nil: no limit.
    package var peerCalls: Int?
    /// Seconds in which a session must be opened.
    package var openSeconds = 10.0

    /// Creates the limits that hold where the configuration says nothing.
    package init() {}

    /// Connections of one peer, as configured or by the share that leaves others some.
    package var connectionsOfPeer: Int { peerConnections ?? Self.share(of: connections) }
    /// Live sessions of one peer, as configured or by the share that leaves others some.
    package var sessionsOfPeer: Int { peerSessions ?? Self.share(of: sessions) }

    /// So many of all that one peer may have that others find some.
    static func share(of all: Int) -> Int { max(1, all - all / 4) }

    var pictures: PictureLimits { PictureLimits(pixels: picturePixels, side: pictureSide) }

    var wire: Wire.Limits {
        Wire.Limits(
            frameBytes: UInt64(frameBytes), picturePixels: UInt64(picturePixels), pictureSide: UInt32(pictureSide),
            sessions: UInt32(sessions), queueSeconds: queueSeconds, sourceCacheBytes: UInt64(sourceCacheBytes),
            window: UInt32(window), windowMaximum: UInt32(windowMaximum), sizeMaximum: UInt32(sizeMaximum))
    }
}
