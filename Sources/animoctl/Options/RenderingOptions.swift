import AnimoCLI
import AnimoMotion
import AnimoPictures
import AnimoWire
import ArgumentParser

/// The still head, and its preparation.
struct SourceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The head to animate: a PNG or JPEG file, or - for standard input. Omitted where the model renders an "
                + "identity of its own.", valueName: "file"))
    var source: String?

    @Option(
        help: ArgumentHelp(
            "Kind of that head. Optional if the model has one.", valueName: "domain"))
    var sourceDomain: Domain?

    @Option(
        help: ArgumentHelp(
            "Side of the rendered picture, a multiple of 32, or the word source. (default: the model's native size)",
            valueName: "N|source"),
        transform: SizeArgument.init(parsing:))
    var size: SizeArgument = .native

    @Option(
        help: ArgumentHelp(
            "How a picture larger than the networks' own is made: flow, of the source's own pixels; edit, by an editing "
                + "network at that size; off, enlarged. (default: flow, where the model has one)",
            valueName: "way"))
    var detail: DetailArgument?

    @Option(
        help: ArgumentHelp(
            "The head's place in the source: none (all of it), auto, or box=X,Y,W,H in its pixels. (default: none)",
            valueName: "crop"),
        transform: Crop.init(argument:))
    var crop: Crop = .none

    @Option(
        help: ArgumentHelp(
            "Landmarks of the source's face, for models that align photographs by them: 5 or 68 points, a line of "
                + "x and y each, or JSON.", valueName: "file"))
    var landmarks: String?

    @OptionGroup var pasting: PasteOptions
}

/// Options by which the rendered head is put back into the source.
struct PasteOptions: ParsableArguments {
    @Flag(help: "Paste the rendered head back into the source, at its place and size; as --background original.")
    var pasteBack = false

    @Option(
        help: ArgumentHelp(
            "How it is pasted: motion, which fades out towards the crop's edges, or feather, over a soft edge. "
                + "(default: motion, where the model has a flow)", valueName: "way"))
    var paste: PasteArgument?

    @Option(
        help: ArgumentHelp(
            "Width of that edge, as a share of the crop's shorter side: 0.02 to 0.4. (default: 0.16 for vox, 0.1 for "
                + "anime)", valueName: "F"))
    var feather: Double?

    func validate() throws {
        guard let feather else { return }
        guard (0.02...0.4).contains(feather) else {
            throw ValidationError("--feather: expected 0.02 to 0.4, got \(feather)")
        }
    }

    /// - Parameter ground: whose word `original` means the same as the flag.
    func isAsked(for ground: BackgroundOptions) -> Bool { pasteBack || ground.background == .original }

    /// Refuses them where nothing is pasted.
    func validate(over ground: BackgroundOptions) throws {
        guard isAsked(for: ground) || paste == nil && feather == nil else {
            throw ValidationError("--paste and --feather require --paste-back")
        }
    }

    /// Puts them into the options of a request.
    func apply(to options: inout Wire.DrawOptions, over ground: BackgroundOptions) {
        options.pasteBack = isAsked(for: ground)
        options.paste = paste?.wire ?? .unspecified
        options.feather = feather ?? 0
    }
}

/// Options for the head in a driving picture or in frames.
struct DrivingHeadOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Kind of the driving head. Optional if the model has one.", valueName: "domain"))
    var drivingDomain: Domain?

    @Option(
        help: ArgumentHelp("As --crop, for the driving picture or frames. (default: none)", valueName: "crop"),
        transform: Crop.init(argument:))
    var drivingCrop: Crop = .none
}

/// Options for what drives the head.
struct DrivingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("A picture of another head whose motion drives: PNG or JPEG.", valueName: "file"))
    var driving: String?

    @OptionGroup var head: DrivingHeadOptions

    @Option(help: ArgumentHelp("A pose: JSON, an object of names to values or an array of 20.", valueName: "file"))
    var pose: String?

    @Option(
        help: ArgumentHelp(
            "A motion: JSON, NPY or MAT with 70 numbers, DECA's coefficients, or the model's own code.",
            valueName: "file"))
    var motion: String?

    @Option(help: ArgumentHelp("As --landmarks, for the driving picture.", valueName: "file"))
    var drivingLandmarks: String?

    @OptionGroup var reading: ReadingOptions
    @OptionGroup var mapping: MappingOptions

    func validate() throws {
        let given = [driving, pose, motion].compactMap { $0 }
        guard given.count == 1 else {
            throw ValidationError(
                given.isEmpty
                    ? "expected one of --driving, --pose and --motion, got none"
                    : "expected one of --driving, --pose and --motion, got \(given.count)"
            )
        }
        if driving == nil {
            if head.drivingDomain != nil { throw ValidationError("--driving-domain requires --driving") }
            if head.drivingCrop != .none { throw ValidationError("--driving-crop requires --driving") }
            if drivingLandmarks != nil { throw ValidationError("--driving-landmarks requires --driving") }
            if reading.reader != .auto { throw ValidationError("--reader requires --driving") }
            if reading.face != .largest { throw ValidationError("--face requires --driving") }
        }
    }
}

/// The picture to write.
struct OutputOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The picture to write: .png, .jpg or .jpeg, or - for a PNG on standard output.", valueName: "file"))
    var output: String

    @Option(help: ArgumentHelp("Numbers outside a channel's range: clamp and warn, or refuse.", valueName: "word"))
    var outOfRange: OutOfRangeArgument = .clamp

    @OptionGroup var ground: BackgroundOptions

    func validate() throws {
        do {
            guard try OutputFormat(path: output) != .jpeg || ground.background != .transparent else {
                throw ValidationError("expected a name that ends in .png with --background transparent")
            }
        } catch let error as ValidationError {
            throw ValidationError("--output: \(error.message), got '\(output)'")
        }
    }
}

/// By whom driving pictures are read, and which of several faces drives.
struct ReadingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What reads driving pictures; auto is the model's first, describe lists them.", valueName: "reader"))
    var reader: ReaderArgument = .auto

    @Option(
        help: ArgumentHelp(
            "Of several faces in a driving picture, where a tracker is loaded: largest, nearest to the last one, or a "
                + "number from 0, from left to right.", valueName: "face"))
    var face: FaceArgument = .largest
}

/// `--reader auto|estimator|deep3d|deca|tracker`
enum ReaderArgument: String, ExpressibleByArgument, CaseIterable, Sendable {
    case auto, estimator, deep3d, deca, tracker

    var wire: Wire.Reader {
        switch self {
        case .auto: .unspecified
        case .estimator: .estimator
        case .deep3d: .deep3d
        case .deca: .deca
        case .tracker: .tracker
        }
    }
}

/// From a human expression to an anime pose.
struct MappingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Mapping from a human expression to an anime pose: the trained network edtn, or the pose basis. "
                + "(default: the model's first)", valueName: "name"))
    var mapping: MappingArgument?

    var wire: Wire.ExpressionMapping { mapping?.wire ?? .unspecified }
}

/// The background of a picture with alpha, and what of it follows its driver.
struct BackgroundOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Background of a source with alpha: transparent, white, black, green, blue, another colour, a picture "
                + "file, or original, which is --paste-back. (default: transparent where source and output have alpha, "
                + "else white)", valueName: "transparent|#rrggbb|file|original"),
        transform: BackgroundArgument.init(parsing:))
    var background: BackgroundArgument?

    @Flag(
        help: "Keep the body still where pitch, roll and yaw of the standard 20, or a face, turn a head that has one.")
    var stillBody = false

    @Flag(help: "Keep the irises still where a face's eyes look aside.")
    var stillIrises = false

    @Flag(help: "Leave the specks that a model with alpha may paint away from the figure.")
    var keepSpecks = false

    /// Puts them into the options of a request.
    func apply(to options: inout Wire.DrawOptions) throws {
        options.background = try background?.wire()
        options.stillBody = stillBody
        options.stillIrises = stillIrises
        options.keepSpecks = keepSpecks
    }
}
