import AnimoPictures
import AnimoWire

/// What one client, one picture and the whole daemon may take: the configuration's `limits`.
package struct ServerLimits: Sendable, Equatable {
    package var frameBytes = 4_194_304
    package var picturePixels = 16_777_216
    package var pictureSide = 8192
    package var sessions = 64
    package var queueSeconds = 10.0
    package var sourceCacheBytes = 268_435_456
    /// What all requests in the works may hold: what was sent, decoded pictures, results on their way.
    package var requestBytes = 536_870_912
    /// Frames of a session without a result.
    package var window = 4
    package var windowMaximum = 64
    /// Side of a drawn picture.
    package var sizeMaximum = 1024
    /// Calls of one connection in the works.
    package var callsPerConnection = 64
    package var connections = 1024
    /// Of one peer: a user, a certificate or a host. nil: as many as there are for all.
    package var peerConnections: Int?
    package var peerSessions: Int?
    package var peerCalls: Int?

    package init() {}

    var pictures: PictureLimits { PictureLimits(pixels: picturePixels, side: pictureSide) }

    var wire: Wire.Limits {
        Wire.Limits(
            frameBytes: UInt64(frameBytes), picturePixels: UInt64(picturePixels), pictureSide: UInt32(pictureSide),
            sessions: UInt32(sessions), queueSeconds: queueSeconds, sourceCacheBytes: UInt64(sourceCacheBytes),
            window: UInt32(window), windowMaximum: UInt32(windowMaximum), sizeMaximum: UInt32(sizeMaximum))
    }
}
