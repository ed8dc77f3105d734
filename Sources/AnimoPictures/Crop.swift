/// The part of a picture that is prepared.
package enum Crop: Sendable, Equatable {
    /// The whole picture.
    case none
    /// The subject, told from the background and made square.
    case auto
    /// A box in pixels of the picture; it may reach beyond it.
    case box(x: Double, y: Double, width: Double, height: Double)

    /// Reads `none`, `auto` or `box=X,Y,W,H`.
    package init(parsing text: String) throws(PictureError) {
        switch text {
        case "none": self = .none
        case "auto": self = .auto
        default:
            let numbers = text.dropFirst(4).split(separator: ",", omittingEmptySubsequences: false).map {
                Double(String($0)) ?? .nan
            }
            guard text.hasPrefix("box="), numbers.count == 4, numbers.allSatisfy(\.isFinite) else {
                throw PictureError(.badArgument, "crop: expected none, auto or box=X,Y,W,H, got \"\(text)\"")
            }
            self = .box(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
        }
    }
}

/// Surroundings of a picture that is padded to a square.
package enum Background: Sendable, Equatable {
    /// White, for drawn heads.
    case white
    /// Its outermost pixels, for photographs.
    case edge
}

/// A rectangle in pixels, fractions allowed.
package struct Box: Sendable, Equatable {
    /// Left edge.
    package var x: Double
    /// Upper edge.
    package var y: Double
    /// Width.
    package var width: Double
    /// Height.
    package var height: Double

    /// Creates one from its fields.
    package init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }
}

/// Place of a prepared picture in the original: original = offset + prepared · scale, for pixel edges (0 … size).
package struct CropTransform: Sendable, Equatable {
    /// Pixels of the original to one of the prepared picture, horizontally.
    package var scaleX: Double
    /// Pixels of the original to one of the prepared picture, vertically.
    package var scaleY: Double
    /// Left edge in the original.
    package var offsetX: Double
    /// Upper edge in the original.
    package var offsetY: Double
    /// Width of the prepared picture.
    package var width: Int
    /// Height of the prepared picture.
    package var height: Int
    /// The part of the prepared picture that the original covers.
    package var content: Box

    /// Creates one from its fields.
    package init(
        scaleX: Double, scaleY: Double, offsetX: Double, offsetY: Double, width: Int, height: Int, content: Box
    ) {
        self.scaleX = scaleX
        self.scaleY = scaleY
        self.offsetX = offsetX
        self.offsetY = offsetY
        self.width = width
        self.height = height
        self.content = content
    }

    /// The same place for a picture of another size, as when the editing network renders larger than the flow was
    /// found.
    package func scaled(toWidth newWidth: Int, height newHeight: Int) -> CropTransform {
        let (x, y) = (Double(width) / Double(max(newWidth, 1)), Double(height) / Double(max(newHeight, 1)))
        return CropTransform(
            scaleX: scaleX * x, scaleY: scaleY * y, offsetX: offsetX, offsetY: offsetY, width: newWidth,
            height: newHeight,
            content: Box(
                x: content.x / x, y: content.y / y, width: content.width / x, height: content.height / y))
    }
}

extension Crop {
    /// A box may be this many times as large as the picture.
    static let reach = 8.0

    /// The part of `picture` that is asked for, in its pixels.
    ///
    /// - Throws: `badArgument` for a box that holds nothing of the picture or is absurd, `noHead` for `auto`.
    func region(of picture: Picture) throws(PictureError) -> Box {
        let (width, height) = (Double(picture.width), Double(picture.height))
        switch self {
        case .none: return Box(x: 0, y: 0, width: width, height: height)
        case .auto: return try HeadFinder.square(in: picture)
        case .box(let x, let y, let boxWidth, let boxHeight):
            guard x.isFinite, y.isFinite, boxWidth.isFinite, boxHeight.isFinite else {
                throw PictureError(.badArgument, "crop: expected a box of finite numbers")
            }
            guard boxWidth >= 1, boxHeight >= 1 else {
                throw PictureError(
                    .badArgument, "crop: the box is \(boxWidth)×\(boxHeight), expected at least 1×1")
            }
            let most = Self.reach * max(width, height)
            guard max(boxWidth, boxHeight) <= most else {
                throw PictureError(
                    .badArgument, "crop: the box is \(boxWidth)×\(boxHeight), expected sides of at most \(most)")
            }
            guard max(boxWidth, boxHeight) <= 256 * min(boxWidth, boxHeight) else {
                throw PictureError(
                    .badArgument, "crop: the box is \(boxWidth)×\(boxHeight), expected sides nearer to each other")
            }
            let overlapX = min(x + boxWidth, width) - max(x, 0)
            let overlapY = min(y + boxHeight, height) - max(y, 0)
            guard overlapX >= 1, overlapY >= 1 else {
                throw PictureError(
                    .badArgument,
                    "crop: the box \(x),\(y),\(boxWidth),\(boxHeight) lies outside the picture of "
                        + "\(picture.width)×\(picture.height)")
            }
            return Box(x: x, y: y, width: boxWidth, height: boxHeight)
        }
    }
}
