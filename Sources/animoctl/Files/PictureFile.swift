import AnimoCLI
import AnimoPictures
import AnimoWire

/// A picture as it goes to the daemon: as it is, unless it is more than the daemon takes.
struct PictureFile: Sendable {
    let wire: Wire.Picture
    /// The crop that is still to be applied to `wire`.
    let crop: Crop
    /// Pixels of `wire` a pixel of the file; 1 but where the picture was shrunk as a whole.
    let scale: (x: Double, y: Double)

    /// The size that a picture which is too large may be reduced to.
    struct Fitting: Sendable {
        /// The most bytes a picture may have.
        let largest: Int
        /// The most pixels that the daemon takes.
        let limits: PictureLimits
        /// The side the head is shrunk to: twice the native size, or what is asked for if that is more.
        let side: Int
        let background: Background
        /// Keep the whole picture, to paste the rendered head back later or because positions in it are given: shrunk
        /// no further than the daemon's limits demand.
        let keepSize: Bool

        init(_ model: ServedModel, domain: Wire.Domain, size: SizeArgument = .native, keepSize: Bool = false) {
            let twice = Int(max(model.description.nativeSize, 32)) * 2
            var side = twice
            switch size {
            case .native: break
            case .side(let asked): side = max(twice, Int(asked))
            case .source: side = max(twice, Int(model.limits.sizeMaximum))
            }
            self.init(
                largest: model.largestPicture, limits: model.pictureLimits, side: side,
                background: domain == .anime ? .white : .edge, keepSize: keepSize)
        }

        init(
            largest: Int, limits: PictureLimits = PictureLimits(), side: Int, background: Background,
            keepSize: Bool = false
        ) {
            (self.largest, self.limits, self.side) = (largest, limits, side)
            (self.background, self.keepSize) = (background, keepSize)
        }

        /// Limits of a picture on this side; the daemon has its own.
        static let limits = PictureLimits(pixels: 1 << 26, side: 16_384, bytes: InputFile.largest)

        /// Returns why the daemon would not take so much; nil where it would.
        func excess(bytes: Int, width: Int, height: Int) -> String? {
            if bytes > largest { return "\(Quantity.bytes(UInt64(bytes))) are too many for one frame of the protocol" }
            let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
            guard overflow || pixels > limits.pixels || max(width, height) > limits.side else { return nil }
            return "\(width)×\(height) pixels exceed the daemon's limits"
        }

        /// Decodes what is cropped to a square of ``side``, shrunk on the way as far as that allows.
        ///
        /// - Returns: the picture, and the crop in its pixels.
        func decode(_ bytes: [UInt8], crop: Crop) throws(PictureError) -> (picture: Picture, crop: Crop) {
            let size = try PictureDecoder.size(of: bytes)
            let longest = Double(max(size.width, size.height))
            let needed: Double? =
                switch crop {
                case .none: Double(side)
                case .auto: nil
                case .box(_, _, let width, let height): Double(side) * longest / max(width, height, 1)
                }
            let (picture, width, height) = try PictureDecoder.decode(
                bytes, shrinkingInto: Self.limits, longestSide: needed.map { Int(min($0, longest).rounded(.up)) })
            let scale = (x: Double(picture.width) / Double(width), y: Double(picture.height) / Double(height))
            return (picture, crop.scaled(by: scale))
        }
    }

    /// - Parameter what: the option, for messages.
    /// - Throws: `Failure` 65 where it is no picture, or cannot be made to fit.
    init(_ bytes: [UInt8], crop: Crop, fitting: Fitting, what: String) throws {
        guard let format = PictureDecoder.format(of: bytes) else {
            throw Failure(
                .badData, "\(what): expected a PNG or JPEG picture, got \(PictureDecoder.description(of: bytes))")
        }
        // A header that cannot be read is the daemon's to refuse.
        let size = (try? PictureDecoder.size(of: bytes)) ?? (width: 1, height: 1)
        guard let excess = fitting.excess(bytes: bytes.count, width: size.width, height: size.height) else {
            wire = Wire.Picture(format: format == .png ? .png : .jpeg, data: bytes)
            (self.crop, scale) = (crop, (1, 1))
            return
        }
        do {
            if fitting.keepSize {
                let picture: Picture
                (wire, picture) = try Self.whole(bytes, fitting: fitting, reason: "\(what): \(excess)")
                scale = (Double(picture.width) / Double(size.width), Double(picture.height) / Double(size.height))
                self.crop = crop.scaled(by: scale)
                let shrunk = picture.width == size.width ? "" : ", shrunk to \(picture.width)×\(picture.height)"
                Terminal.note("animoctl: \(what): \(excess); sent as \(wire.format == .png ? "PNG" : "JPEG")\(shrunk)")
            } else {
                let (picture, crop) = try fitting.decode(bytes, crop: crop)
                wire = try Self.shrunk(picture, crop: crop, fitting: fitting)
                (self.crop, scale) = (.none, (1, 1))
                Terminal.note(
                    "animoctl: \(what): \(excess); shrunk from \(size.width)×\(size.height) "
                        + "to \(fitting.side)×\(fitting.side)")
            }
        } catch let error as PictureError {
            throw Failure(.badData, "\(what): \(error.message)")
        }
    }

    /// The whole picture at the largest size that fits, which is no smaller than the rendered picture.
    private static func whole(
        _ bytes: [UInt8], fitting: Fitting, reason: String
    ) throws -> (wire: Wire.Picture, picture: Picture) {
        var limits = fitting.limits
        limits.bytes = InputFile.largest
        while true {
            let picture = try PictureDecoder.decode(bytes, shrinkingInto: limits).picture
            if let wire = try encoded(picture, atMost: fitting.largest) { return (wire, picture) }
            // About two thirds of either side next time.
            (limits.pixels, limits.side) = (picture.width * picture.height / 2, .max)
            guard max(picture.width, picture.height) * 2 / 3 >= fitting.side else {
                throw Failure(
                    .badData,
                    "\(reason) (at most \(Quantity.bytes(UInt64(fitting.largest)))); --paste-back and landmarks need the whole"
                        + " picture", hint: "crop or shrink the picture, or omit these")
            }
        }
    }

    /// As JPEG, or as PNG where there is transparency to keep; nil where that has too many bytes.
    private static func encoded(_ picture: Picture, atMost largest: Int) throws -> Wire.Picture? {
        if picture.layout == .rgb {
            return try jpeg(picture, atMost: largest).map { Wire.Picture(format: .jpeg, data: $0) }
        }
        let png = try PictureEncoder.encode(picture, as: .png)
        return png.count <= largest ? Wire.Picture(format: .png, data: png) : nil
    }

    /// The cropped square, as a PNG if that fits.
    private static func shrunk(_ picture: Picture, crop: Crop, fitting: Fitting) throws -> Wire.Picture {
        let (opaque, transform) = try Preparation.prepare(
            picture, crop: crop, side: fitting.side, background: fitting.background)
        let square = picture.figure(at: transform, background: fitting.background) ?? opaque
        let png = try PictureEncoder.encode(square, as: .png, quality: 95)
        if png.count <= fitting.largest { return Wire.Picture(format: .png, data: png) }
        guard let data = try jpeg(square, atMost: fitting.largest) else {
            throw PictureError(
                .tooLarge, "does not fit into one frame of the protocol even at \(fitting.side)×\(fitting.side)")
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

    /// Pixels of an encoded picture, by its header.
    static func pixels(of bytes: [UInt8]) throws -> Int {
        let size = try PictureDecoder.size(of: bytes)
        let (pixels, overflow) = size.width.multipliedReportingOverflow(by: size.height)
        return overflow ? .max : pixels
    }
}
