import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// The networks of one model file: all that serving knows of a family.
///
/// A source is prepared once; a driver becomes the numbers that the networks read, its code; sources and codes become
/// pictures. Calls block, and work on the calling thread and the pool's. Several threads may call at once.
package protocol HeadModel: AnyObject, Sendable {
    var capabilities: Capabilities { get }
    /// Between poses and motions, where the family is driven by them.
    var poseMapping: PoseMapping { get }

    /// Computes what depends on a source alone.
    func prepare(_ source: SourceImages, domain: Domain) throws -> any PreparedHead

    /// Reads what each frame's head does.
    ///
    /// - Parameters:
    ///   - frames: aligned as `reader` asks, (side, side).
    ///   - reader: one of ``Capabilities/readers``.
    func read(_ frames: [FrameImage], by reader: HeadReader) throws -> [DriverNumbers]

    /// Maps a driver's numbers to the code that the networks read.
    ///
    /// - Throws: ``ModelError/Code/missingPart`` where the model cannot be driven so, in words that name what is
    ///   missing.
    func code(of numbers: DriverNumbers, in context: DriverContext) throws -> CodedDriver

    /// A code relative to a neutral one: the source does what the driver does beyond its own neutral.
    ///
    /// - Parameter adaptsScale: movements are scaled by the sizes of both heads.
    /// - Throws: ``ModelError/Code/missingPart`` where the family has no relative motion.
    func relative(
        _ code: DriverCode, to neutral: DriverCode, of source: any PreparedHead, adaptsScale: Bool
    ) throws -> DriverCode

    /// The pose and the motion of a driver, and how much of it a pose can show.
    func retarget(_ numbers: DriverNumbers) throws -> Retargeted

    /// Pictures of a source's kind that are drawn together at most.
    func largestBatch(_ source: any PreparedHead) -> Int

    /// Draws a picture for each request, in their order. A picture does not depend on its company, nor on the number
    /// of threads.
    func draw(_ requests: [DrawRequest]) throws -> [FloatImage]

    /// Draws seeded inputs by the fast kernels and by the plain loops.
    ///
    /// - Parameter file: what this model was made from; it keeps its weights only as the kernels want them.
    func verify(against file: ModelFile) throws -> [VerifyStage]

    /// Does once, for nobody, what calls will ask for: what allocates or fails the first time does so now.
    func warmUp() throws
}

extension HeadModel {
    package func relative(
        _ code: DriverCode, to neutral: DriverCode, of source: any PreparedHead, adaptsScale: Bool
    ) throws -> DriverCode {
        throw ModelError(.missingPart, "relative motion: this model's family has none; drive it absolutely")
    }

    package func warmUp() throws {
        func grey(_ side: Int, channels: Int = 3) -> FloatImage {
            FloatImage(
                pixels: [Float](repeating: 0.5, count: side * side * channels), width: side, height: side,
                channels: channels)
        }
        let picture = grey(capabilities.nativeSize, channels: capabilities.drawsAlpha ? 4 : 3)
        for domain in capabilities.domains {
            let reader = capabilities.reader(of: domain)
            let frame = reader.map { FrameImage(grey($0.side)) }
            let source = try prepare(SourceImages(flow: picture, editing: picture, frame: frame), domain: domain)
            var code = DriverCode([Float](repeating: 0, count: capabilities.codeCount))
            if let reader, let frame, let numbers = try read([frame], by: reader).first {
                code = try self.code(
                    of: numbers, in: DriverContext(domain: domain, source: source, kind: .frame(domain))
                ).code
            }
            let codes = [DriverCode](repeating: code, count: capabilities.window)
            _ = try draw([DrawRequest(source: source, codes: codes)])
        }
    }
}

/// The abilities of a model, and the inputs they need.
package struct Capabilities: Sendable, Equatable {
    /// Domains of the sources.
    package var domains: [Domain]
    /// The side in pixels at which the networks were trained.
    package var nativeSize: Int
    /// Sides of pictures are multiples of this.
    package var sizeStep = 32
    /// Indicates whether pictures can be drawn at other sizes than the native one.
    package var drawsOtherSizes = true
    /// Reads sources with alpha, 0 around the figure, and draws pictures with alpha.
    package var drawsAlpha = false
    /// Indicates whether it draws a picture that the client gives; else the identity is in the model itself.
    package var needsSource = true
    /// Numbers of a ``DriverCode``.
    package var codeCount: Int
    /// How many frames' codes one picture is drawn from, the middle one its own.
    package var window = 1
    /// Driven by named numbers.
    package var takesPoses: Bool
    /// Driven by a motion's 70 numbers.
    package var takesMotions: Bool
    /// Draws motion relative to a neutral.
    package var isRelative = false
    /// How driving frames are read, the preferred way of each domain first.
    package var readers: [HeadReader]

    package init(
        domains: [Domain], nativeSize: Int, codeCount: Int, takesPoses: Bool, takesMotions: Bool,
        readers: [HeadReader], sizeStep: Int = 32, window: Int = 1, isRelative: Bool = false
    ) {
        self.domains = domains
        self.nativeSize = nativeSize
        self.codeCount = codeCount
        self.takesPoses = takesPoses
        self.takesMotions = takesMotions
        self.readers = readers
        self.sizeStep = sizeStep
        self.window = window
        self.isRelative = isRelative
    }

    /// The reader of a domain's frames, where there is one.
    package func reader(of domain: Domain, mapping: ExpressionMapping? = nil) -> HeadReader? {
        readers.first { $0.domain == domain && (mapping == nil || $0.mapping == nil || $0.mapping == mapping) }
    }
}

/// A source's pictures: the same crop at each size that something reads.
package struct SourceImages: Sendable {
    /// Finds the motion, usually at the model's native size.
    package var flow: FloatImage
    /// Is drawn anew, at the size asked for.
    package var editing: FloatImage
    /// Is read by the domain's frame reader, for what the source itself does; nil without one.
    package var frame: FrameImage?

    package init(flow: FloatImage, editing: FloatImage, frame: FrameImage? = nil) {
        self.flow = flow
        self.editing = editing
        self.frame = frame
    }
}

/// Everything of a source that no driver changes, computed once.
///
/// A picture drawn from it is, bit for bit, the one that would be drawn if all were computed anew.
package protocol PreparedHead: AnyObject, Sendable {
    /// Memory held, in bytes.
    var byteCount: Int { get }
    /// Height and width of the rendered pictures, in pixels.
    var height: Int { get }
    var width: Int { get }
    /// The source's own translation, where its domain has a frame reader that tells it.
    var translation: SIMD3<Float>? { get }
}

/// One picture to draw: a source and what it shall do.
package struct DrawRequest: Sendable {
    package let source: any PreparedHead
    /// ``Capabilities/window`` codes in the order of time; the picture shows the middle one.
    package let codes: [DriverCode]

    package init(source: any PreparedHead, codes: [DriverCode]) {
        self.source = source
        self.codes = codes
    }

    /// For families whose window is one frame.
    package init(source: any PreparedHead, code: DriverCode) { self.init(source: source, codes: [code]) }
}
