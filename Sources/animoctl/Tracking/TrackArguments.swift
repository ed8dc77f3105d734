import AnimoCLI
import AnimoModelFile
import AnimoMotion
import AnimoWire
import ArgumentParser

/// `--face largest|nearest|N`
enum FaceArgument: Equatable, Sendable, ExpressibleByArgument {
    case largest, nearest
    case index(UInt32)

    init?(argument: String) {
        switch argument {
        case "largest": self = .largest
        case "nearest": self = .nearest
        default:
            guard let index = UInt32(argument) else { return nil }
            self = .index(index)
        }
    }

    var wire: Wire.FaceChoice? {
        switch self {
        case .largest: nil
        case .nearest: Wire.FaceChoice(kind: .nearest(true))
        case .index(let index): Wire.FaceChoice(kind: .index(index))
        }
    }
}

/// `--framing NAME|SHARE,X,Y`
struct FramingArgument: Equatable, Sendable, ExpressibleByArgument {
    let framing: HeadFraming

    init?(argument: String) {
        if let named = HeadFraming.named.first(where: { $0.name == argument }) {
            framing = named.framing
            return
        }
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) ?? .nan }
        guard numbers.count == 3 else { return nil }
        framing = HeadFraming(share: numbers[0], x: numbers[1], y: numbers[2])
        guard framing.isPossible else { return nil }
    }

    static var allValueStrings: [String] { HeadFraming.named.map(\.name) }

    var wire: Wire.FaceFraming { Wire.FaceFraming(share: framing.share, x: framing.x, y: framing.y) }
}

/// Rules of `--mapping`: built in, or a table in a file.
struct PoseRules: Sendable {
    private let mapping: FaceMapping

    /// - Throws: `Failure` 65 where the file is no table, 66 where there is none.
    init(_ argument: String) throws {
        let rules = try MappingFile.rules(argument)
        do {
            mapping = try FaceMapping(rules, channels: rules.channels)
        } catch {
            throw Failure(.badData, "--mapping: \(error.message)")
        }
    }

    /// The numbers of a pose.
    func pose(_ face: Wire.Face) -> [Float] {
        let values = Dictionary(
            face.inputs.map { (InputName($0.name), $0.value) }, uniquingKeysWith: { first, _ in first })
        let inputs = mapping.inputs(values, mouthGap: face.measures?.mouthGap ?? 0)
        return mapping(inputs).map { Float($0) }
    }
}
