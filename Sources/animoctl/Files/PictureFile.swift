import AnimoCLI
import AnimoPictures
import AnimoWire

/// A picture as it goes to the daemon: as it is, unless it is too large for a frame.
struct PictureFile: Sendable {
    let wire: Wire.Picture
    /// The crop that is still to be applied to `wire`.
    let crop: Crop

    /// The size that a picture which is too large may be reduced to.
    struct Fitting: Sendable {
        /// The most bytes a picture may have.
        let largest: Int
        /// The side the head is shrunk to: twice the native size, or the size asked for if that is more.
        let side: Int
        let background: Background
        /// Keep every pixel's place, to put the drawn head back later: only encoded anew.
        let keepSize: Bool

        init(_ model: ServedModel, domain: Wire.Domain, size: SizeArgument = .native, keepSize: Bool = false) {
            let twice = Int(max(model.description.nativeSize, 32)) * 2
            var side = twice
            if case .side(let asked) = size { side = max(twice, Int(asked)) }
            self.init(
                largest: model.largestPicture, side: side, background: domain == .anime ? .white : .edge,
                keepSize: keepSize)
        }

        init(largest: Int, side: Int, background: Background, keepSize: Bool = false) {
            (self.largest, self.side, self.background, self.keepSize) = (largest, side, background, keepSize)
        }

        /// Limits of a picture on this side; the daemon has its own.
        static let limits = PictureLimits(pixels: 1 << 26, side: 16_384, bytes: InputFile.largest)
    }

    /// - Parameter what: the option, for messages.
    /// - Throws: `Failure` 65 where it is no picture, or cannot be made to fit.
    init(_ bytes: [UInt8], crop: Crop, fitting: Fitting, what: String) throws {
        guard let format = PictureDecoder.format(of: bytes) else {
            throw Failure(.badData, "\(what): expected a PNG or JPEG picture, got \(Self.words(bytes))")
        }
        guard bytes.count > fitting.largest else {
            wire = Wire.Picture(format: format == .png ? .png : .jpeg, data: bytes)
            self.crop = crop
            return
        }
        do {
            let picture = try PictureDecoder.decode(bytes, limits: Fitting.limits)
            let reason = "\(what): \(Quantity.bytes(UInt64(bytes.count))) are too many for a frame"
            if fitting.keepSize {
                wire = try Self.sameSize(picture, fitting: fitting, reason: reason)
                self.crop = crop
            } else {
                wire = try Self.shrunk(picture, crop: crop, fitting: fitting)
                self.crop = .none
                Terminal.note(
                    "animoctl: \(reason); shrunk from \(picture.width)×\(picture.height) "
                        + "to \(fitting.side)×\(fitting.side)")
            }
        } catch let error as PictureError {
            throw Failure(.badData, "\(what): \(error.message)")
        }
    }

    /// `7 bytes that begin 74 65 78 74`
    private static func words(_ bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return "an empty file" }
        let beginning = bytes.prefix(4).map { Quantity.hexadecimal([$0]) }.joined(separator: " ")
        return "\(Quantity.count(bytes.count, "byte")) that begin \(beginning)"
    }

    private static func sameSize(_ picture: Picture, fitting: Fitting, reason: String) throws -> Wire.Picture {
        guard picture.layout == .rgb, let data = try jpeg(picture, atMost: fitting.largest) else {
            throw Failure(
                .badData,
                "\(reason) of \(Quantity.bytes(UInt64(fitting.largest))), and --paste-back and landmarks need them all",
                hint: "shrink the picture, or leave these out")
        }
        Terminal.note("animoctl: \(reason); sent as JPEG")
        return Wire.Picture(format: .jpeg, data: data)
    }

    /// The cropped square, as a PNG if that fits.
    private static func shrunk(_ picture: Picture, crop: Crop, fitting: Fitting) throws -> Wire.Picture {
        let square = try Preparation.prepare(
            picture, crop: crop, side: fitting.side, background: fitting.background
        ).picture
        let png = try PictureEncoder.encode(square, as: .png, quality: 95)
        if png.count <= fitting.largest { return Wire.Picture(format: .png, data: png) }
        guard let data = try jpeg(square, atMost: fitting.largest) else {
            throw PictureError(.tooLarge, "does not fit a frame even at \(fitting.side)×\(fitting.side)")
        }
        return Wire.Picture(format: .jpeg, data: data)
    }

    /// The best quality that fits; nil where none does.
    private static func jpeg(_ picture: Picture, atMost largest: Int) throws -> [UInt8]? {
        for quality in [95, 90, 80] {
            let data = try PictureEncoder.encode(picture, as: .jpeg, quality: quality)
            if data.count <= largest { return data }
        }
        return nil
    }
}
