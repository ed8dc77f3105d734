import AnimoPictures

/// Cuts concatenated JPEGs, as `ffmpeg -f image2pipe -c:v mjpeg` and cameras write them, into one JPEG a frame.
///
/// Markers are followed, so a thumbnail inside a frame's Exif does not end it. Bytes between frames, such as the
/// boundaries of a multipart stream, are stepped over. Many cameras leave out the end of image, or write the start
/// twice: where a start stands at a marker's place the frame before is over, as ffmpeg counts. A frame that breaks off
/// before its pixels begin is counted and left out; whether the pixels of others are whole, their decoder tells.
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
    /// Markers seen of the frame so far.
    private var hasSegments = false
    private var hasScan = false
    /// Number of pending bytes, which begin with the frame, that were looked at.
    private var place = 0

    /// Creates a splitter.
    ///
    /// - Parameter limit: longest frame, in bytes.
    package init(limit: Int = 16 << 20) { self.limit = max(limit, 4) }

    /// Adds bytes as they were read.
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

    /// Ends the stream.
    ///
    /// - Returns: the last frame, where the end completes it; else nil.
    /// - Throws: where the stream ends within a frame.
    package mutating func finish() throws(PictureError) -> [UInt8]? {
        if state == .between { return nil }
        guard hasScan else {
            throw PictureError(.truncated, "the stream ends within a frame, after \(pending.count) bytes of it")
        }
        place = pending.count
        return takeFrame()
    }

    private mutating func takeFrame() -> [UInt8] {
        let frame = pending.take(min(place, pending.count))
        (state, place, hasSegments, hasScan) = (.between, 0, false, false)
        return frame
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
            guard place + 2 < pending.count else { return nil }
            guard pending[place + 2] == 0xFF else {  // chance, as in `findStart`
                place += 2
                return false
            }
            if hasScan { return true }
            if hasSegments { brokenFrames += 1 }
            pending.drop(place)
            (place, hasSegments) = (2, false)
        case 0xD9:
            place += 2
            return true
        default:
            guard place + 3 < pending.count else { return nil }
            let length = Int(pending[place + 2]) << 8 | Int(pending[place + 3])
            place += 2 + max(length, 2)
            hasSegments = true
            if marker == 0xDA { (state, hasScan) = (.scan, true) }
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
