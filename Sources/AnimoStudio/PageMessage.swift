import AnimoJSON
import AnimoMotion
import NIOCore

/// Message from the page: JSON in text messages, pictures in binary ones.
enum PageMessage: Equatable, Sendable {
    /// Shows a head; the picture of an own one came before, in an upload.
    case open(head: Int, OpenHead)
    /// Ends a head's session.
    case close(head: Int)
    /// Numbers of the model's channels by name, for all heads or one.
    case pose(head: Int?, seq: UInt32, time: Double, [String: Double])
    /// Nobody drives at the moment.
    case nobody(seq: UInt32, time: Double)
    /// A camera's or film's frame, JPEG or PNG, for all heads.
    case frame(DrivingFrame)
    /// Control of the heads from now on.
    case control(PageControl)
    /// Takes the mean of so many milliseconds as the neutral.
    case calibrate(milliseconds: UInt32, includesEyes: Bool)
    /// A tracker on a port of this machine drives; nil ends that.
    case network(NetworkDriver.Configuration?)
    /// Whether the page wants to be told what the face tracker sees in its frames.
    case look(Bool)
    /// A picture for a head that is opened next: PNG, JPEG or what else the daemon reads.
    case upload(head: Int, [UInt8])
    /// A pose by Algorithm 1 of AnimeCeleb.
    case randomPose(seed: UInt64)
    /// Whether the overlay shows this page's first head.
    case onAir(Bool)

    /// A frame of a camera or film that drives all heads.
    struct DrivingFrame: Equatable, Sendable {
        /// Number by which the page knows the result.
        let seq: UInt32
        /// Time of capture, milliseconds on the page's clock.
        let time: Double
        /// Domain of the head in the frame.
        let domain: Domain
        /// Whether the head is looked for in it.
        let findsHead: Bool
        /// Whether the model's own estimator reads it though there is a face tracker.
        let byEstimator: Bool
        /// JPEG or PNG.
        let bytes: [UInt8]
    }

    /// A head to show: model, picture and crop.
    struct OpenHead: Equatable, Sendable {
        /// Origin of the picture.
        enum Picture: Equatable, Sendable {
            /// A built-in sample, by its name.
            case sample(String)
            /// The upload that came before.
            case upload
        }

        /// Name of the model; empty for the daemon's default.
        let model: String
        /// Domain of the source.
        let domain: Domain
        /// Picture to prepare.
        let picture: Picture
        /// Part of the picture that is prepared.
        let crop: Crop

        /// Way of finding the head.
        enum Crop: Equatable, Sendable {
            /// The whole picture.
            case whole
            /// The square that the daemon finds around the head.
            case found
            /// x, y, width and height in pixels of the picture, sides above 0.
            case box([Double])
        }
    }

    /// Heads that one page may show.
    static let headLimit = 4

    /// Reason why a message cannot be read, in words for the page.
    struct Malformed: Error, Equatable, CustomStringConvertible {
        /// Field, expected value and, where it helps, the one that came.
        let description: String
    }

    /// Reads a JSON object whose `op` names the message.
    ///
    /// - Throws: ``Malformed`` where it is none, or a field is out of range.
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
        case "nobody":
            self = .nobody(
                seq: UInt32(clamping: object["seq"]?.integerValue ?? 0), time: object["time"]?.doubleValue ?? 0)
        case "control": self = .control(try PageControl(object))
        case "calibrate":
            guard let over = object["over_ms"]?.integerValue, (0...60_000).contains(over) else {
                throw Malformed(description: "over_ms: expected 0 to 60000")
            }
            self = .calibrate(milliseconds: UInt32(over), includesEyes: object["eyes"]?.boolValue ?? false)
        case "network":
            self = .network(object["input"] == nil ? nil : try NetworkDriver.Configuration(object))
        case "look": self = .look(object["on"]?.boolValue ?? false)
        case "random": self = .randomPose(seed: UInt64(clamping: object["seed"]?.integerValue ?? 0))
        case "air": self = .onAir(object["on"]?.boolValue ?? false)
        default:
            throw Malformed(
                description: "op: expected open, close, pose, nobody, control, calibrate, network, look, random or air")
        }
    }

    /// Reads a frame or an upload.
    ///
    /// Kind (1 a frame, 2 an upload), then for a frame its domain (0 anime, 1 vox; 2 is added where the head is to be
    /// found, 4 where the model's own estimator reads it), sequence number u32 and time f64, for an upload its head u8,
    /// all little-endian; then the file.
    ///
    /// - Throws: ``Malformed`` where a field is missing or out of range.
    init(binary bytes: ByteBuffer) throws(Malformed) {
        var bytes = bytes
        switch bytes.readInteger(as: UInt8.self) {
        case 1:
            guard let domain = bytes.readInteger(as: UInt8.self), domain < 8,
                let seq = bytes.readInteger(endianness: .little, as: UInt32.self),
                let time = bytes.readInteger(endianness: .little, as: UInt64.self)
            else { throw Malformed(description: "frame: expected domain, number, time and a picture") }
            self = .frame(
                DrivingFrame(
                    seq: seq, time: Double(bitPattern: time), domain: domain & 1 == 0 ? .anime : .vox,
                    findsHead: domain & 2 != 0, byEstimator: domain & 4 != 0, bytes: Array(bytes.readableBytesView)))
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
    /// Reads `{"model": "animo", "domain": "anime", "sample": "anime-1", "crop": "auto" or [x, y, width, height]}`;
    /// without `sample` the upload, without `crop` the whole picture.
    init(_ object: JSONObject) throws(PageMessage.Malformed) {
        guard let domain = object["domain"]?.stringValue.flatMap(Domain.init) else {
            throw PageMessage.Malformed(description: "domain: expected anime or vox")
        }
        self.domain = domain
        model = object["model"]?.stringValue ?? ""
        picture = object["sample"]?.stringValue.map { .sample($0) } ?? .upload
        switch object["crop"] {
        case nil, .null?: crop = .whole
        case .string("auto")?: crop = .found
        case .array(let items)?:
            let numbers = items.compactMap(\.doubleValue)
            guard numbers.count == 4, items.count == 4, numbers.allSatisfy({ abs($0) <= 1_000_000 }), numbers[2] > 0,
                numbers[3] > 0
            else { throw PageMessage.Malformed(description: "crop: expected auto, or x, y, width and height") }
            crop = .box(numbers)
        default: throw PageMessage.Malformed(description: "crop: expected auto, or x, y, width and height")
        }
    }
}
