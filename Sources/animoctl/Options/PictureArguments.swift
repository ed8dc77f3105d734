import AnimoPictures
import AnimoWire
import ArgumentParser

extension Crop {
    /// Parses the value of `--crop`. The argument parser adds the value to the message.
    init(argument text: String) throws {
        do {
            self = try Crop(parsing: text)
        } catch {
            throw ValidationError("expected none, auto or box=X,Y,W,H")
        }
    }

    /// The same part of the picture when that is resized.
    func scaled(by scale: (x: Double, y: Double)) -> Crop {
        guard case .box(let x, let y, let width, let height) = self else { return self }
        return .box(x: x * scale.x, y: y * scale.y, width: width * scale.x, height: height * scale.y)
    }

    var wire: Wire.Crop {
        switch self {
        case .none: Wire.Crop(mode: .none)
        case .auto: Wire.Crop(mode: .auto)
        case .box(let x, let y, let width, let height):
            Wire.Crop(mode: .box, box: Wire.Box(x: x, y: y, width: width, height: height))
        }
    }
}

/// `--size N|source`
enum SizeArgument: Equatable, Sendable {
    case native, source
    case side(UInt32)

    init(parsing text: String) throws {
        if text == "source" {
            self = .source
        } else if let side = UInt32(text), side > 0, side.isMultiple(of: 32), side <= 8192 {
            self = .side(side)
        } else {
            throw ValidationError("expected a multiple of 32, or the word source")
        }
    }
}

/// `--detail flow|edit|off`
enum DetailArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case flow, edit, off

    var wire: Wire.Detail {
        switch self {
        case .flow: .flow
        case .edit: .edit
        case .off: .off
        }
    }
}

/// `--paste motion|feather`
enum PasteArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case motion, feather

    var wire: Wire.Paste {
        switch self {
        case .motion: .motion
        case .feather: .feather
        }
    }
}

/// `--input-size WxH`
struct Dimensions: Equatable, Sendable {
    let width: Int
    let height: Int

    /// For instance `640×480`.
    var text: String { "\(width)×\(height)" }

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    init(parsing text: String) throws {
        let parts = text.split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count == 2, let width = Int(parts[0]), let height = Int(parts[1]) else {
            throw ValidationError("expected WIDTHxHEIGHT, for instance 640x480")
        }
        guard (1...8192).contains(width), (1...8192).contains(height) else {
            throw ValidationError("expected sides of 1 to 8192 pixels, got \(width)x\(height)")
        }
        self.width = width
        self.height = height
    }
}

/// `edtn` or `basis`.
enum MappingArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case edtn, basis

    var wire: Wire.ExpressionMapping {
        switch self {
        case .edtn: .edtn
        case .basis: .basis
        }
    }
}

/// Treatment of a number outside its channel's range.
enum OutOfRangeArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case clamp, refuse
}

/// Format of a written picture.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable, Equatable, Sendable {
    case png, jpeg

    /// From the file's extension; a PNG where the picture goes down a pipe.
    init(path: String) throws {
        if path == "-" {
            self = .png
            return
        }
        let name = path.split(separator: "/").last.map(String.init) ?? path
        let suffix = name.split(separator: ".").dropFirst().last.map { $0.lowercased() }
        switch suffix {
        case "png": self = .png
        case "jpg", "jpeg": self = .jpeg
        default: throw ValidationError("expected a name that ends in .png, .jpg or .jpeg")
        }
    }

    var wire: Wire.PictureFormat {
        switch self {
        case .png: .png
        case .jpeg: .jpeg
        }
    }
}

/// `--background transparent|white|black|green|blue|#rrggbb|FILE|original`
enum BackgroundArgument: Equatable, Sendable {
    case transparent
    /// 0xRRGGBB
    case colour(UInt32)
    case file(String)
    /// The source's own picture: the head is pasted back into it.
    case original

    private static let colours: [String: UInt32] = [
        "white": 0xffffff, "black": 0x000000, "green": 0x00ff00, "blue": 0x0000ff,
    ]

    init(parsing text: String) throws {
        if text == "transparent" {
            self = .transparent
        } else if text == "original" {
            self = .original
        } else if let colour = Self.colours[text] {
            self = .colour(colour)
        } else if text.hasPrefix("#") {
            guard text.utf8.count == 7, let colour = UInt32(text.dropFirst(), radix: 16) else {
                throw ValidationError("expected a colour as #rrggbb, for instance #00ff00")
            }
            self = .colour(colour)
        } else {
            self = .file(text)
        }
    }

    /// nil for none.
    ///
    /// - Throws: `Failure` 66 where there is no such file, 65 where it is no picture.
    func wire() throws -> Wire.Background? {
        switch self {
        case .transparent: return Wire.Background(kind: .transparent(true))
        case .original: return nil
        case .colour(let colour): return Wire.Background(kind: .colour(colour))
        case .file(let path):
            let bytes = try InputFile.read(path, as: "--background")
            guard let format = PictureDecoder.format(of: bytes) else {
                throw Failure(
                    .badData, "--background: expected transparent, original, a colour or a PNG or JPEG picture")
            }
            return Wire.Background(
                kind: .picture(Wire.Picture(format: format == .png ? .png : .jpeg, data: bytes)))
        }
    }
}
