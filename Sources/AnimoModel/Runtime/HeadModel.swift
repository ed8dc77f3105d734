import AnimoCompute
import AnimoModelFile
import AnimoMotion

/// The networks of one model file: all that serving knows of a family.
///
/// A source is prepared once; a driver becomes the numbers that the networks read, its code; sources and codes become
/// pictures. Calls block, and work on the calling thread and the pool's. Several threads may call at once.
package protocol HeadModel: AnyObject, Sendable {
    /// Abilities of the model, and the inputs it needs.
    var capabilities: Capabilities { get }
    /// Between poses and motions, where the family is driven by them.
    var poseMapping: PoseMapping { get }

    /// Computes what depends on a source alone.
    func prepare(_ source: SourceImages, domain: Domain) throws -> any PreparedHead

    /// Reads the numbers of each frame's head.
    ///
    /// - Parameters:
    ///   - frames: aligned as `reader` asks, (side, side).
    ///   - reader: one of ``Capabilities/readers``.
    func read(_ frames: [FrameImage], by reader: NetworkEstimator) throws -> [DriverNumbers]

    /// Maps a driver's numbers to the code that the networks read.
    ///
    /// - Throws: ``ModelError/Code/missingPart`` where the model cannot be driven so, naming what is missing.
    func code(of numbers: DriverNumbers, in context: DriverContext) throws -> CodedDriver

    /// Returns a code relative to a neutral one: the source moves by the driver's difference from its neutral.
    ///
    /// - Parameter adaptsScale: movements are scaled by the sizes of both heads.
    /// - Throws: ``ModelError/Code/missingPart`` where the family has no relative motion.
    func relative(
        _ code: DriverCode, to neutral: DriverCode, of source: any PreparedHead, adaptsScale: Bool
    ) throws -> DriverCode

    /// The pose and the motion of a driver, and how much of it a pose can show.
    func retarget(_ numbers: DriverNumbers) throws -> Retargeted

    /// Pictures of a source's kind that are rendered together at most.
    func largestBatch(_ source: any PreparedHead) -> Int

    /// Renders a picture for each request, in their order. A picture does not depend on its company, nor on the number
    /// of threads.
    func render(_ requests: [RenderRequest]) throws -> [RenderedHead]

    /// Renders seeded inputs by the fast kernels and by the plain loops.
    ///
    /// - Parameter file: the file of this model, which itself keeps its weights only as the kernels need them.
    func verify(against file: ModelFile) throws -> [VerifyStage]

    /// Frees memory that is kept from one rendering to the next, where nothing was rendered for `time`, until no more
    /// than `bytes` of it are kept.
    ///
    /// - Returns: the bytes that were freed.
    func releaseMemory(unusedFor time: Duration, keeping bytes: Int) -> Int

    /// Renders once and drops the result, so that first allocations and failures happen before calls come.
    func warmUp() throws
}

/// A stage whose result stays as long as its numbers do.
package enum KeptStage: String, Sendable, CaseIterable {
    /// The brows' layer moved, and the code of the face around it: 12 numbers.
    case brows
    /// Eyes and mouth redrawn in the whole picture: 27 numbers more.
    case face
}

extension HeadModel {
    /// By default none is kept.
    package func releaseMemory(unusedFor time: Duration, keeping bytes: Int) -> Int { 0 }

    /// By default there is no relative motion.
    package func relative(
        _ code: DriverCode, to neutral: DriverCode, of source: any PreparedHead, adaptsScale: Bool
    ) throws -> DriverCode {
        throw ModelError(.missingPart, "relative motion: this model's family has none; drive it absolutely")
    }

    /// By default renders one grey picture of each domain.
    package func warmUp() throws {
        func grey(_ side: Int, channels: Int = 3) -> FloatImage {
            FloatImage(
                pixels: [Float](repeating: 0.5, count: side * side * channels), width: side, height: side,
                channels: channels)
        }
        let picture = grey(capabilities.nativeSize, channels: capabilities.rendersAlpha ? 4 : 3)
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
            _ = try render([RenderRequest(source: source, codes: codes)])
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
    /// Indicates whether pictures can be rendered at other sizes than the native one.
    package var rendersOtherSizes = true
    /// Reads sources with alpha, 0 around the figure, and renders pictures with alpha.
    package var rendersAlpha = false
    /// Tells with every picture where each part of it comes from (``RenderedHead/flow``).
    package var tellsFlow = false
    /// Indicates whether it renders a picture that the client gives; else the identity is in the model itself.
    package var needsSource = true
    /// Numbers of a ``DriverCode``.
    package var codeCount: Int
    /// Number of frames whose codes one picture is rendered from, the middle one its own.
    package var window = 1
    /// Driven by named numbers.
    package var takesPoses: Bool
    /// Driven by a motion's 70 numbers.
    package var takesMotions: Bool
    /// Driven by FLAME coefficients, which the part edtn makes into a pose.
    package var takesFlame = false
    /// Renders motion relative to a neutral.
    package var isRelative = false
    /// Estimators of driving frames, the preferred one of each domain first.
    package var readers: [NetworkEstimator]

    /// Creates one from its fields.
    package init(
        domains: [Domain], nativeSize: Int, codeCount: Int, takesPoses: Bool, takesMotions: Bool,
        readers: [NetworkEstimator], sizeStep: Int = 32, window: Int = 1, isRelative: Bool = false
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
    ///
    /// - Parameter mapping: how a photographed expression shall become an anime pose; nil for the preferred way.
    ///   Readers that leave no choice do it by the basis.
    package func reader(of domain: Domain, mapping: ExpressionMapping? = nil) -> NetworkEstimator? {
        readers.first { reader in
            reader.domain == domain
                && (mapping == nil || domain == .anime || (reader.mapping ?? .basis) == mapping)
        }
    }
}

/// A source's pictures: the same crop at each size that something reads.
package struct SourceImages: Sendable {
    /// Finds the motion, usually at the model's native size.
    package var flow: FloatImage
    /// Is rendered anew, at the size asked for.
    package var editing: FloatImage
    /// Is read by the domain's frame reader, for what the source itself does; nil without one.
    package var frame: FrameImage?

    /// Creates one from its fields.
    package init(flow: FloatImage, editing: FloatImage, frame: FrameImage? = nil) {
        self.flow = flow
        self.editing = editing
        self.frame = frame
    }
}

/// Everything of a source that no driver changes, computed once.
///
/// A picture rendered from it is, bit for bit, the one that would be rendered if all were computed anew.
package protocol PreparedHead: AnyObject, Sendable {
    /// Memory held, in bytes.
    var byteCount: Int { get }
    /// Height of the rendered pictures, in pixels.
    var height: Int { get }
    /// Width of the rendered pictures, in pixels.
    var width: Int { get }
    /// The source's own translation, where its domain has a frame reader that tells it.
    var translation: SIMD3<Float>? { get }
    /// Motion of the source's own head, where its domain has an estimator that tells one.
    var motion: Motion? { get }
}

extension PreparedHead {
    /// nil unless a family keeps one.
    package var motion: Motion? { nil }
}

/// A rendered picture, and where its parts come from.
package struct RenderedHead: Sendable, Equatable {
    /// The networks' own picture, not clamped.
    package let picture: FloatImage
    /// nil of families that have none (``Capabilities/tellsFlow``).
    package let flow: FlowField?
    /// Stages that earlier pictures of the source left and this one used.
    package let kept: [KeptStage]

    /// Creates one from its fields.
    package init(picture: FloatImage, flow: FlowField? = nil, kept: [KeptStage] = []) {
        self.picture = picture
        self.flow = flow
        self.kept = kept
    }
}

/// Source position of each part of a rendered picture, at the flow's own size.
///
/// Positions are read with half-pixel centres: -1 is the left or upper edge of the source's square, 1 its right or
/// lower edge. A grid of another size comes by bilinear resizing, as networks resize their deformations.
///
/// AnimoPictures, which knows no models, has the same numbers as `FlowGrid`, with displacements in pixels; AnimoServer
/// makes one of the other.
package struct FlowField: Sendable, Equatable {
    /// Rows.
    package let height: Int
    /// Columns.
    package let width: Int
    /// (height, width, 2), x then y.
    package let positions: [Float]

    /// - Parameter positions: (height, width, 2); cut or filled with 0, the middle, to that length.
    package init(positions: [Float], width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        let count = self.width * self.height * 2
        self.positions =
            positions.count == count
            ? positions : Array(positions.prefix(count)) + [Float](repeating: 0, count: max(0, count - positions.count))
    }
}

/// One picture to render: a source and the codes that drive it.
package struct RenderRequest: Sendable {
    /// The source, prepared by the same model.
    package let source: any PreparedHead
    /// ``Capabilities/window`` codes in the order of time; the picture shows the middle one.
    package let codes: [DriverCode]
    /// Whether what a model paints away from the figure is cleared, of models that render alpha.
    package var clearsSpecks = false

    /// Creates one from its fields; specks stay.
    package init(source: any PreparedHead, codes: [DriverCode]) {
        self.source = source
        self.codes = codes
    }

    /// For families whose window is one frame.
    package init(source: any PreparedHead, code: DriverCode) { self.init(source: source, codes: [code]) }
}
