/// Facts from the markers of a JPEG, read without decoding it: size, orientation, and the number of scans.
struct JPEGStructure: Equatable {
    /// In pixels; 0 where no frame header came.
    private(set) var width = 0
    /// In pixels; 0 where no frame header came.
    private(set) var height = 0
    /// Number of scans up to where reading stopped.
    private(set) var scans = 0
    /// By the Exif segment; upright where there is none.
    private(set) var orientation = Orientation.upright

    /// - Parameters:
    ///   - scanLimit: more scans are refused, since each costs a walk over the whole picture.
    ///   - stopAtFirstScan: read the header alone.
    init(_ bytes: [UInt8], scanLimit: Int, stopAtFirstScan: Bool = false) throws(PictureError) {
        var position = 2
        walk: while let marker = Self.nextMarker(in: bytes, from: &position) {
            switch marker {
            case 0x01, 0xD0...0xD8: continue
            case 0xD9: break walk
            default: break
            }
            guard position + 2 <= bytes.count else { break walk }
            let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
            let segment = (position + 2)..<min(position + max(length, 2), bytes.count)
            switch marker {
            case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
                if width == 0 { try readFrame(bytes[segment]) }
            case 0xE1:
                if orientation == .upright { orientation = Orientation(exif: bytes[segment]) ?? .upright }
            case 0xDA:
                scans += 1
                if stopAtFirstScan { break walk }
                guard scans <= scanLimit else {
                    throw PictureError(
                        .malformed, "JPEG: more than \(scanLimit) scans, expected at most \(scanLimit)")
                }
            default: break
            }
            position = segment.upperBound
        }
        guard width > 0 else { throw PictureError(.truncated, "JPEG: the data ends before the size is told") }
        guard scans > 0 else { throw PictureError(.truncated, "JPEG: the data ends before the picture begins") }
    }

    private mutating func readFrame(_ segment: ArraySlice<UInt8>) throws(PictureError) {
        let bytes = Array(segment.prefix(6))
        guard bytes.count == 6 else { throw PictureError(.truncated, "JPEG: the data ends before the size is told") }
        guard bytes[0] == 8 else {
            throw PictureError(.unsupported, "JPEG: \(bytes[0]) bits a channel, expected 8")
        }
        height = Int(bytes[1]) << 8 | Int(bytes[2])
        width = Int(bytes[3]) << 8 | Int(bytes[4])
        guard width > 0, height > 0 else {
            throw PictureError(.unsupported, "JPEG: the header says \(width)×\(height), expected at least one pixel")
        }
    }

    /// The next marker from `position` on, which then stands behind it. Stuffed bytes and fill bytes are no markers.
    private static func nextMarker(in bytes: [UInt8], from position: inout Int) -> UInt8? {
        bytes.withUnsafeBufferPointer { bytes in
            var i = position
            while i + 1 < bytes.count {
                if bytes[i] == 0xFF, bytes[i + 1] != 0, bytes[i + 1] != 0xFF {
                    position = i + 2
                    return bytes[i + 1]
                }
                i += 1
            }
            position = bytes.count
            return nil
        }
    }
}
