/// Orientation of the camera: the eight values of Exif's tag 274, named by what must be done to the pixels.
enum Orientation: Int, Sendable {
    /// Nothing.
    case upright = 1
    /// Left and right exchanged.
    case mirror
    /// Turned by 180 degrees.
    case half
    /// Top and bottom exchanged.
    case flip
    /// Rows and columns exchanged.
    case transpose
    /// Turned clockwise by 90 degrees.
    case quarterRight
    /// Rows and columns exchanged about the other diagonal.
    case transverse
    /// Turned counterclockwise by 90 degrees.
    case quarterLeft

    /// Whether width and height change places.
    var swapsSides: Bool { rawValue >= 5 }

    /// Reads the content of an APP1 segment, "Exif\0\0" before what ``init(tiff:)`` reads; nil where it tells none.
    init?(exif segment: ArraySlice<UInt8>) {
        guard segment.starts(with: [0x45, 0x78, 0x69, 0x66, 0, 0]) else { return nil }
        self.init(tiff: segment.dropFirst(6))
    }

    /// Reads a TIFF header (byte order, 42, offset of the first directory) and entries of 12 bytes; nil where they tell
    /// no orientation.
    init?(tiff block: ArraySlice<UInt8>) {
        let bytes = Array(block)
        guard bytes.count >= 8 else { return nil }
        let little = bytes[0] == 0x49
        func number(_ at: Int, _ count: Int) -> Int? {
            guard at >= 0, at <= bytes.count - count else { return nil }
            let part = bytes[at..<(at + count)]
            return (little ? Array(part.reversed()) : Array(part)).reduce(0) { $0 << 8 | Int($1) }
        }
        guard bytes[0] == bytes[1], little || bytes[0] == 0x4D, number(2, 2) == 42, let offset = number(4, 4),
            let entries = number(offset, 2)
        else { return nil }
        for entry in 0..<entries {
            let place = offset + 2 + entry * 12
            guard let tag = number(place, 2) else { return nil }
            if tag == 0x0112, number(place + 2, 2) == 3, let value = number(place + 8, 2) {
                self.init(rawValue: value)
                return
            }
        }
        return nil
    }
}

extension Picture {
    /// The picture as it looked through the finder.
    func turned(by orientation: Orientation) -> Picture {
        if orientation == .upright { return self }
        let (newWidth, newHeight) = orientation.swapsSides ? (height, width) : (width, height)
        let (lastX, lastY) = (width - 1, height - 1)
        let n = layout.channels
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { into, initialised in
            pixels.withUnsafeBufferPointer { from in
                for y in 0..<newHeight {
                    for x in 0..<newWidth {
                        let (sx, sy) =
                            switch orientation {
                            case .upright: (x, y)
                            case .mirror: (lastX - x, y)
                            case .half: (lastX - x, lastY - y)
                            case .flip: (x, lastY - y)
                            case .transpose: (y, x)
                            case .quarterRight: (y, lastY - x)
                            case .transverse: (lastX - y, lastY - x)
                            case .quarterLeft: (lastX - y, x)
                            }
                        for c in 0..<n { into[(y * newWidth + x) * n + c] = from[(sy * width + sx) * n + c] }
                    }
                }
            }
            initialised = pixels.count
        }
        return Picture(width: newWidth, height: newHeight, layout: layout, pixels: turned)
    }
}
