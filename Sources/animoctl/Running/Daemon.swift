import AnimoCLI
import AnimoMotion
import AnimoClient
import AnimoPictures
import AnimoWire

/// A connection to the daemon, for the length of one command.
struct Daemon: Sendable {
    let client: AnimoClient
    let timeout: Duration?

    /// Connects, runs `body`, and closes whatever happened.
    static func with<Result: Sendable>(
        _ options: ConnectionOptions, _ body: (Daemon) async throws -> Result
    ) async throws -> Result {
        let daemon = try await connect(
            to: try options.address(), timeout: options.timeoutDuration, credentials: try options.credentials())
        return try await daemon.closing { try await body(daemon) }
    }

    static func connect(
        to address: Address, timeout: Duration? = nil, credentials: Credentials = Credentials()
    ) async throws -> Daemon {
        do {
            return Daemon(
                client: try await AnimoClient.connect(to: address, credentials: credentials), timeout: timeout)
        } catch let error as RPCError where error.code == .unavailable {
            throw Failure(
                .unavailable, error.message,
                hint: "start one with 'animod', name another with --connect, or try 'animoctl demo'")
        }
    }

    func closing<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            let result = try await body()
            await client.close()
            return result
        } catch {
            await client.close()
            throw error
        }
    }

    /// Describes one of the daemon's models.
    func model(named name: String) async throws -> ServedModel {
        let reply = try await client.describe(model: name, timeout: timeout)
        let wanted = name.isEmpty ? reply.defaultModel : name
        guard let model = reply.models.first(where: { $0.name == wanted }) ?? reply.models.first else {
            throw Failure(.notFound, "the daemon serves no model, expected at least one")
        }
        return ServedModel(name: name, description: model, limits: reply.limits ?? Wire.Limits())
    }
}

/// One model of a daemon, with the daemon's limits.
struct ServedModel: Sendable {
    /// As asked for: empty for the daemon's default.
    let name: String
    let description: Wire.ModelDescription
    let limits: Wire.Limits

    /// The bytes a picture may have beside the rest of its message.
    var largestPicture: Int {
        let frame = limits.frameBytes == 0 ? 4 << 20 : Int(clamping: limits.frameBytes)
        return max(0, frame - 16_384)
    }

    /// The pixels a picture may have.
    var pictureLimits: PictureLimits {
        let usual = PictureLimits()
        return PictureLimits(
            pixels: limits.picturePixels == 0 ? usual.pixels : Int(clamping: limits.picturePixels),
            side: limits.pictureSide == 0 ? usual.side : Int(limits.pictureSide))
    }

    /// Returns whether the daemon looks for a face in a picture that is cropped so, and needs all its pixels.
    func findsFaces(with crop: Crop) -> Bool { crop == .auto && !description.faceModel.isEmpty }

    /// The domain asked for, else the model's only one.
    ///
    /// - Throws: `Failure` 64 where the model has several and none was named.
    func domain(_ asked: Domain?, option: String) throws -> Wire.Domain {
        if let asked { return asked.wire }
        guard description.domains.count == 1, let only = description.domains.first else {
            let names = description.domains.map(\.word).joined(separator: " and ")
            throw Failure(
                .usage, "\(option): expected one of the model's domains (\(names)), got none",
                hint: "add \(option) \(description.domains.first?.word ?? "anime")")
        }
        return only
    }
}

extension Wire.Domain {
    var word: String {
        switch self {
        case .unspecified: "unspecified"
        case .anime: "anime"
        case .vox: "vox"
        }
    }
}
