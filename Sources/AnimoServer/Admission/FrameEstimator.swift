import AnimoModel
import AnimoModelFile
import AnimoMotion
import AnimoWire

/// Reader of a driving frame: a network of the model, or a face tracker.
enum FrameEstimator: Sendable, Equatable {
    /// A network of the model, which reads frames that are aligned for it.
    case network(NetworkEstimator)
    /// The tracker, whose numbers become a pose.
    case tracker

    /// As options and messages name it: the part of the model file, or `tracker`.
    var name: String {
        switch self {
        case .network(let reader): reader.part
        case .tracker: "tracker"
        }
    }
}

/// Way in which heads are looked for in a picture.
struct FaceSearch: Sendable {
    let faces: ServedTracker
    let choice: FaceChoice
    /// Place of the face in the square that the model wants to see.
    let framing: HeadFraming
}

extension ModelRegistry.Entry {
    /// Ways to read a frame of a domain, the usual one first.
    ///
    /// On photographed heads the large readers know most, since they were trained on them; then comes the tracker,
    /// which has seen all kinds of faces; a slim estimator has seen the heads of its model. On drawn heads it is the
    /// other way round: the tracker reads no drawn mouths.
    ///
    /// - Parameter mapping: from an expression to a pose, where one is asked for.
    func readers(of domain: Domain, mapping: ExpressionMapping? = nil) -> [FrameEstimator] {
        let networks = engine.capabilities.readers.filter { reader in
            // Readers that leave no choice lead to a pose by the basis.
            reader.domain == domain
                && (mapping == nil || domain == .anime || (reader.mapping ?? .basis) == mapping)
        }
        let slim = networks.filter { $0.part == "estimator" }.map(FrameEstimator.network)
        let large = networks.filter { $0.part != "estimator" }.map(FrameEstimator.network)
        let tracker: [FrameEstimator] = readsPoses && mapping == nil ? [.tracker] : []
        switch domain {
        case .vox: return large + tracker + slim
        case .anime: return large + slim + tracker
        }
    }

    /// Indicates whether what the tracker reads can drive the model.
    private var readsPoses: Bool { faces != nil && engine.faceMapping != nil && engine.capabilities.takesPoses }

    /// - Returns: nil where no tracker is served.
    func search(_ choice: Wire.FaceChoice?, in domain: Domain) -> FaceSearch? {
        faces.map { faces in
            FaceSearch(faces: faces, choice: FaceChoice(choice), framing: framing(of: domain))
        }
    }

    /// Place of the face in the square that the model wants to see.
    func framing(of domain: Domain) -> HeadFraming {
        engine.information.framings[domain] ?? .standard(of: domain)
    }

    /// The reader of a driving frame.
    ///
    /// - Throws: FAILED_PRECONDITION where the one asked for is not there, or none is; the message names those that
    ///   are.
    func reader(
        _ wire: Wire.Reader, of domain: Domain, mapping: ExpressionMapping?
    ) throws(RPCError) -> FrameEstimator {
        let readers = readers(of: domain, mapping: mapping)
        let name: String
        switch wire {
        case .unspecified:
            guard let first = readers.first else { throw noReader(of: domain, mapping: mapping) }
            return first
        case .estimator: name = "estimator"
        case .deep3d: name = "deep3d"
        case .deca: name = "deca"
        case .tracker: name = "tracker"
        }
        guard let reader = readers.first(where: { $0.name == name }) else {
            guard !readers.isEmpty else { throw noReader(of: domain, mapping: mapping) }
            throw RPCError(
                .failedPrecondition, .noEstimator,
                "driver.frame.reader: expected one of \(readers.map(\.name).joined(separator: ", ")) for "
                    + "\(domain.rawValue) frames, got \(name)", field: "driver.frame.reader")
        }
        return reader
    }

    private func noReader(of domain: Domain, mapping: ExpressionMapping?) -> RPCError {
        let way = mapping.map { " by \($0.rawValue)" } ?? ""
        return RPCError(
            .failedPrecondition, .noEstimator,
            "driver.frame: the model has no estimator for \(domain.rawValue) frames\(way); "
                + "drive it by \(otherDrivers(than: domain))", field: "driver.frame.domain")
    }

    /// Drivers besides frames of a domain, in words.
    private func otherDrivers(than domain: Domain) -> String {
        let capabilities = engine.capabilities
        let others = Domain.allCases.filter { $0 != domain && !readers(of: $0).isEmpty }.map { "\($0.rawValue) frames" }
        let ways =
            (capabilities.takesPoses ? ["a pose"] : []) + (capabilities.takesMotions ? ["a motion"] : []) + others
        return ways.isEmpty ? "numbers of its own" : ways.joined(separator: " or ")
    }

    /// All ways to read frames, the usual one of each domain first.
    var estimators: [Wire.Estimator] {
        Domain.allCases.flatMap { domain in
            readers(of: domain).map { reader in
                switch reader {
                case .network(let reader):
                    Wire.Estimator(
                        domain: domain.wire, inputSize: UInt32(reader.side), part: reader.part,
                        alignment: reader.alignment.rawValue, mapping: reader.mapping?.wire ?? .unspecified)
                case .tracker:
                    Wire.Estimator(domain: domain.wire, inputSize: 256, part: reader.name, alignment: "tracker")
                }
            }
        }
    }
}
