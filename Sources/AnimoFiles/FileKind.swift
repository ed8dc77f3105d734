/// Kind of a file by its first bytes, described for messages where another kind is expected.
///
/// Nothing is parsed and nothing is promised: a kind is a guess good enough for a message.
package enum FileKind: String, Sendable, CaseIterable {
    case png = "a PNG picture"
    case jpeg = "a JPEG picture"
    case webp = "a WebP picture"
    case avif = "an AVIF picture"
    case heic = "an HEIC picture"
    case gif = "a GIF picture"
    case bmp = "a BMP picture"
    case tiff = "a TIFF picture"
    case jpegXL = "a JPEG XL picture"
    case jpeg2000 = "a JPEG 2000 picture"
    case photoshop = "a Photoshop picture"
    case exr = "an OpenEXR picture"
    case svg = "an SVG picture"

    case mp4 = "an MP4 video"
    case quickTime = "a QuickTime video"
    case matroska = "a Matroska or WebM video"
    case avi = "an AVI video"
    case y4m = "a Y4M video"
    case ogg = "an Ogg file"

    case html = "a web page (HTML)"
    case xml = "an XML file"
    case json = "a JSON file"
    case lfsPointer = "a Git LFS pointer"
    case utf16 = "UTF-16 text"
    case pdf = "a PDF document"

    case safetensors = "a safetensors file"
    case gguf = "a GGUF model"
    case tensorFlowLite = "a TensorFlow Lite model"
    case hdf5 = "an HDF5 file (MATLAB 7.3 or Keras)"
    case numpy = "a NumPy array (.npy)"
    case matlab5 = "a MATLAB file of version 5"
    case matlab4 = "a MATLAB file of version 4"
    case pickle = "a Python pickle"

    case zip = "a ZIP archive"
    case gzip = "a gzip archive"
    case xz = "an xz archive"
    case zstandard = "a Zstandard archive"
    case bzip2 = "a bzip2 archive"
    case sevenZip = "a 7z archive"
    case rar = "a RAR archive"
    case tar = "a TAR archive"

    /// Common properties of kinds.
    package enum Group: Sendable { case picture, video, text, numbers, archive }

    /// Group of kinds that share their advice.
    package var group: Group {
        switch self {
        case .png, .jpeg, .webp, .avif, .heic, .gif, .bmp, .tiff, .jpegXL, .jpeg2000, .photoshop, .exr, .svg: .picture
        case .mp4, .quickTime, .matroska, .avi, .y4m, .ogg: .video
        case .html, .xml, .json, .lfsPointer, .utf16, .pdf: .text
        case .safetensors, .gguf, .tensorFlowLite, .hdf5, .numpy, .matlab5, .matlab4, .pickle: .numbers
        case .zip, .gzip, .xz, .zstandard, .bzip2, .sevenZip, .rar, .tar: .archive
        }
    }

    /// Advice for a user who gave a file of this kind; nil where it depends on what is read.
    package var remedy: String? {
        switch self {
        case .html: "a download page was saved in place of the file; download the file itself"
        case .lfsPointer: "the file itself is fetched by: git lfs pull"
        case .utf16: "save it as UTF-8"
        case .zip, .gzip, .xz, .zstandard, .bzip2, .sevenZip, .rar, .tar: "unpack it and name the file inside"
        default: nil
        }
    }

    /// Number of first bytes that are inspected.
    package static let prefix = 4096

    /// The kind of file that begins with `bytes`, of which the first ``prefix`` are enough; nil: unknown.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        let start = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.prefix))
        if let signed = Self.signatures.first(where: { $0.matches(start) }) {
            self = signed.kind
        } else if let boxed = Self.box(start) ?? Self.text(start) ?? Self.numbers(start) {
            self = boxed
        } else {
            return nil
        }
    }

    /// Recognises a file by its first bytes; nil for an unknown kind.
    package init?(_ bytes: [UInt8]) {
        guard let kind = bytes.withUnsafeBytes({ FileKind($0) }) else { return nil }
        self = kind
    }
}

extension FileKind {
    /// Bytes at a place that only one kind of file has there.
    private struct Signature {
        let kind: FileKind
        let place: Int
        let bytes: [UInt8]

        init(_ kind: FileKind, at place: Int = 0, _ bytes: [UInt8]) {
            (self.kind, self.place, self.bytes) = (kind, place, bytes)
        }

        init(_ kind: FileKind, at place: Int = 0, _ text: String) { self.init(kind, at: place, Array(text.utf8)) }

        func matches(_ start: UnsafeRawBufferPointer) -> Bool {
            start.count >= place + bytes.count && start[place..<(place + bytes.count)].elementsEqual(bytes)
        }
    }

    private static let signatures: [Signature] = [
        Signature(.png, [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]),
        Signature(.jpeg, [0xFF, 0xD8, 0xFF]),
        Signature(.webp, at: 8, "WEBP"),
        Signature(.avi, at: 8, "AVI "),
        Signature(.gif, "GIF87a"), Signature(.gif, "GIF89a"),
        Signature(.tiff, [0x49, 0x49, 0x2A, 0x00]), Signature(.tiff, [0x4D, 0x4D, 0x00, 0x2A]),
        Signature(.jpegXL, [0xFF, 0x0A]), Signature(.jpegXL, [0, 0, 0, 12, 0x4A, 0x58, 0x4C, 0x20]),
        Signature(.jpeg2000, [0, 0, 0, 12, 0x6A, 0x50, 0x20, 0x20]),
        Signature(.jpeg2000, [0xFF, 0x4F, 0xFF, 0x51]),
        Signature(.photoshop, "8BPS"), Signature(.exr, [0x76, 0x2F, 0x31, 0x01]),
        Signature(.matroska, [0x1A, 0x45, 0xDF, 0xA3]), Signature(.y4m, "YUV4MPEG2"), Signature(.ogg, "OggS"),
        Signature(.lfsPointer, "version https://git-lfs."), Signature(.pdf, "%PDF-"),
        Signature(.gguf, "GGUF"), Signature(.tensorFlowLite, at: 4, "TFL3"),
        Signature(.hdf5, [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A]), Signature(.hdf5, "MATLAB 7.3"),
        Signature(.matlab5, "MATLAB 5.0"), Signature(.numpy, [0x93] + Array("NUMPY".utf8)),
        Signature(.zip, [0x50, 0x4B, 3, 4]), Signature(.zip, [0x50, 0x4B, 5, 6]), Signature(.gzip, [0x1F, 0x8B]),
        Signature(.xz, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]), Signature(.zstandard, [0x28, 0xB5, 0x2F, 0xFD]),
        Signature(.bzip2, "BZh"), Signature(.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]),
        Signature(.rar, "Rar!"), Signature(.tar, at: 257, "ustar"),
        Signature(.utf16, [0xFF, 0xFE]), Signature(.utf16, [0xFE, 0xFF]),
    ]

    /// ISO's media files, by the brand they name first (ISO/IEC 14496-12).
    private static func box(_ start: UnsafeRawBufferPointer) -> FileKind? {
        guard start.count >= 12, start[4..<8].elementsEqual("ftyp".utf8) else { return nil }
        switch String(decoding: start[8..<12], as: UTF8.self) {
        case "avif", "avis": return .avif
        case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1": return .heic
        case "qt  ": return .quickTime
        default: return .mp4
        }
    }

    /// Mark-up, told by its first word; JSON, by its bracket.
    private static func text(_ start: UnsafeRawBufferPointer) -> FileKind? {
        if start.starts(with: "BM".utf8), start.count >= 10, start[6..<10].allSatisfy({ $0 == 0 }) { return .bmp }
        let words = start.withoutByteOrderMark.drop { $0 == 0x20 || (0x09...0x0D).contains($0) }
        // A character may be cut where the beginning ends, and pages need not be UTF-8.
        guard let first = words.first, words.allSatisfy({ $0 >= 0x20 || (0x09...0x0D).contains($0) }) else {
            return nil
        }
        let lower = String(decoding: words.prefix(1024), as: UTF8.self).lowercased()
        if first == UInt8(ascii: "<") {
            if lower.hasPrefix("<!doctype html") || lower.contains("<html") || lower.contains("<head") { return .html }
            if lower.contains("<svg") { return .svg }
            return lower.hasPrefix("<?xml") || lower.hasPrefix("<!doctype") ? .xml : nil
        }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[") ? .json : nil
    }

    /// Containers without a signature of their own, told by what their headers may hold.
    private static func numbers(_ start: UnsafeRawBufferPointer) -> FileKind? {
        func word(_ place: Int) -> Int {
            Int(Int32(littleEndian: start.loadUnaligned(fromByteOffset: place, as: Int32.self)))
        }
        if start.count > 8, start[8] == UInt8(ascii: "{"), start[6] == 0, start[7] == 0 { return .safetensors }
        if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]) { return .pickle }
        // Kind, rows, columns, real or complex, length of the name, the name (MathWorks, MAT-File Format, 1999).
        guard start.count > 24, (0...4052).contains(word(0)), word(4) > 0, word(8) > 0, (0...1).contains(word(12)),
            (2...64).contains(word(16)), start.count >= 20 + word(16)
        else { return nil }
        let name = start[20..<(20 + word(16))]
        return name.last == 0 && name.dropLast().allSatisfy { (0x30...0x7A).contains($0) } ? .matlab4 : nil
    }
}
