import AnimoJSON
import AnimoMotion
import NIOCore

/// What the page says: JSON in text messages, pictures in binary ones.
enum PageMessage: Equatable, Sendable {
    /// Shows a head; the picture of an own one came before, in an upload.
    case open(head: Int, OpenHead)
    case close(head: Int)
    /// Numbers of the model's channels by name, for all heads or one.
    case pose(head: Int?, seq: UInt32, time: Double, [String: Double])
    /// A camera's or film's frame, JPEG or PNG, for all heads.
    case frame(seq: UInt32, time: Double, domain: Domain, findsHead: Bool, [UInt8])
    case upload(head: Int, [UInt8])
    /// A pose by Algorithm 1 of AnimeCeleb.
    case randomPose(seed: UInt64)
    /// Whether the overlay shows this page's first head.
    case onAir(Bool)

    struct OpenHead: Equatable, Sendable {
        enum Picture: Equatable, Sendable {
            case sample(String)
            case upload
        }

        let model: String
        let domain: Domain
        let picture: Picture
        /// Whether the head is looked for in the picture.
        let findsHead: Bool
        /// Whether motion counts from the first frame on.
        let isRelative: Bool
    }

    /// Heads that one page may show.
    static let headLimit = 4

    struct Malformed: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    init(text: [UInt8]) throws(Malformed) {
        let object: JSONObject
        do {
            guard case .object(let members) = try JSONValue(parsing: text) else {
                throw Malformed(description: "expected an object")
            }
            object = members
        } catch let error as Malformed {
            throw error
        } catch {
            throw Malformed(description: "\(error)")
        }
        switch object["op"]?.stringValue {
        case "open": self = .open(head: try Self.head(object), try OpenHead(object))
        case "close": self = .close(head: try Self.head(object))
        case "pose":
            var values: [String: Double] = [:]
            for (name, value) in object["values"]?.objectValue?.members ?? [] {
                guard let number = value.doubleValue, number.isFinite else {
                    throw Malformed(description: "values.\(name.quotedForMessage): expected a number")
                }
                values[name] = number
            }
            self = .pose(
                head: object["head"]?.integerValue, seq: UInt32(clamping: object["seq"]?.integerValue ?? 0),
                time: object["time"]?.doubleValue ?? 0, values)
        case "random": self = .randomPose(seed: UInt64(clamping: object["seed"]?.integerValue ?? 0))
        case "air": self = .onAir(object["on"]?.boolValue ?? false)
        default: throw Malformed(description: "op: expected open, close, pose, random or air")
        }
    }

    /// Kind (1 a frame, 2 an upload), then for a frame its domain (0 anime, 1 vox; 2 is added where the head is to be
    /// found), sequence number u32 and time f64, for an upload its head, all little-endian; then the file.
    init(binary bytes: ByteBuffer) throws(Malformed) {
        var bytes = bytes
        switch bytes.readInteger(as: UInt8.self) {
        case 1:
            guard let domain = bytes.readInteger(as: UInt8.self), domain < 4,
                let seq = bytes.readInteger(endianness: .little, as: UInt32.self),
                let time = bytes.readInteger(endianness: .little, as: UInt64.self)
            else { throw Malformed(description: "frame: expected domain, number, time and a picture") }
            self = .frame(
                seq: seq, time: Double(bitPattern: time), domain: domain & 1 == 0 ? .anime : .vox,
                findsHead: domain & 2 != 0, Array(bytes.readableBytesView))
        case 2:
            guard let head = bytes.readInteger(as: UInt8.self), head < Self.headLimit else {
                throw Malformed(description: "upload: expected a head below \(Self.headLimit)")
            }
            self = .upload(head: Int(head), Array(bytes.readableBytesView))
        default: throw Malformed(description: "expected a frame or an upload")
        }
    }

    private static func head(_ object: JSONObject) throws(Malformed) -> Int {
        guard let head = object["head"]?.integerValue, (0..<headLimit).contains(head) else {
            throw Malformed(description: "head: expected 0 to \(headLimit - 1)")
        }
        return head
    }
}

extension PageMessage.OpenHead {
    init(_ object: JSONObject) throws(PageMessage.Malformed) {
        guard let domain = object["domain"]?.stringValue.flatMap(Domain.init) else {
            throw PageMessage.Malformed(description: "domain: expected anime or vox")
        }
        self.domain = domain
        model = object["model"]?.stringValue ?? ""
        picture = object["sample"]?.stringValue.map { .sample($0) } ?? .upload
        findsHead = object["find"]?.boolValue ?? false
        isRelative = object["relative"]?.boolValue ?? false
    }
}
