import AnimoPictures

/// Cuts concatenated JPEGs, as `ffmpeg -f image2pipe -c:v mjpeg` and cameras write them, into one JPEG a frame.
///
/// Markers are followed, so a thumbnail inside a frame's Exif does not end it. Bytes between frames, such as the
/// boundaries of a multipart stream, are stepped over; a frame that breaks off where another begins is counted and
/// left out.
package struct MJPEGSplitter: FrameSplitter, Sendable {
    private enum State: Equatable {
        /// Looking for a start of image.
        case between
        /// At a marker, or at fill bytes before one.
        case marker
        /// In entropy-coded data.
        case scan
    }

    /// Largest frame in bytes.
    package let limit: Int
    /// Frames that broke off and were left out.
    package private(set) var brokenFrames = 0
    private var pending = PendingBytes()
    private var state = State.between
    /// How far the pending bytes, which begin with the frame, were looked at.
    private var place = 0

    package init(limit: Int = 16 << 20) { self.limit = max(limit, 4) }

    package mutating func append(_ bytes: [UInt8]) { pending.append(bytes) }

    /// - Throws: `tooLarge` for a frame beyond the limit; the stream cannot be read on.
    package mutating func next() throws(PictureError) -> [UInt8]? {
        while let found = advance() {
            if found { return takeFrame() }
            guard state == .between || place <= limit else { break }
        }
        guard state == .between || place <= limit else {
            throw PictureError(
                .tooLarge, "a frame of the stream has more than \(limit) bytes", limit: limit, actual: place)
        }
        return nil
    }

    package func finish() throws(PictureError) {
        guard state == .between else {
            throw PictureError(.truncated, "the stream ends within a frame, after \(pending.count) bytes of it")
        }
    }

    private mutating func takeFrame() -> [UInt8] {
        state = .between
        defer { place = 0 }
        return pending.take(place)
    }

    /// One step: true where a frame ends at `place`, nil where more bytes are needed.
    private mutating func advance() -> Bool? {
        switch state {
        case .between: return findStart()
        case .marker: return readMarker()
        case .scan: return walkScan()
        }
    }

    private mutating func findStart() -> Bool? {
        guard let start = pending.firstIndex(of: 0xFF, from: 0) else {
            pending.drop(pending.count)
            return nil
        }
        pending.drop(start)
        guard pending.count >= 3 else { return nil }
        // A start of image is followed by another marker; anything else is chance.
        if pending[1] == 0xD8, pending[2] == 0xFF {
            (state, place) = (.marker, 2)
        } else {
            pending.drop(1)
        }
        return false
    }

    private mutating func readMarker() -> Bool? {
        guard place + 1 < pending.count else { return nil }
        guard pending[place] == 0xFF else {  // garbage between segments: look for the next marker
            place = pending.firstIndex(of: 0xFF, from: place) ?? pending.count
            return place < pending.count ? false : nil
        }
        let marker = pending[place + 1]
        switch marker {
        case 0xFF: place += 1
        case 0x00, 0x01, 0xD0...0xD7: place += 2
        case 0xD8:
            brokenFrames += 1
            pending.drop(place)
            place = 2
        case 0xD9:
            place += 2
            return true
        default:
            guard place + 3 < pending.count else { return nil }
            let length = Int(pending[place + 2]) << 8 | Int(pending[place + 3])
            place += 2 + max(length, 2)
            state = marker == 0xDA ? .scan : .marker
        }
        return false
    }

    private mutating func walkScan() -> Bool? {
        guard place < pending.count, let next = pending.firstIndex(of: 0xFF, from: place) else {
            place = max(place, pending.count)
            return nil
        }
        place = next
        guard place + 1 < pending.count else { return nil }
        switch pending[place + 1] {
        case 0x00, 0xD0...0xD7: place += 2
        default: state = .marker
        }
        return false
    }
}
