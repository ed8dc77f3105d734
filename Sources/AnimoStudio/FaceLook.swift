import AnimoCLI
import AnimoClient
import AnimoConcurrency
import AnimoJSON
import AnimoWire

/// Tells the page what the daemon's face tracker sees in its frames: the newest one each time, beside the sessions that
/// are driven by them.
final class FaceLook: Sendable {
    private let client: AnimoClient
    /// Name of the model whose tracker it is.
    let model: String
    private let emit: @Sendable (PageOutput) async -> Void
    private let pictures = Mailbox<[UInt8]>(.latest)

    /// - Parameter model: whose tracker it is.
    init(client: AnimoClient, model: String, emit: @escaping @Sendable (PageOutput) async -> Void) {
        self.client = client
        self.model = model
        self.emit = emit
    }

    /// Takes the place of a picture that was not sent yet.
    ///
    /// - Parameter picture: JPEG or PNG.
    func look(at picture: [UInt8]) { _ = pictures.put(picture) }

    /// Sends pictures and reports faces until cancelled. Waits for a daemon that is gone; ends where one refuses.
    func run() async {
        while !Task.isCancelled {
            do {
                let session = try await client.track(Wire.TrackOpen(model: model, video: true), timeout: .seconds(10))
                defer { session.finish() }
                var results = session.results.makeAsyncIterator()
                while let picture = try await pictures.next() {
                    try await session.send(Wire.TrackFrame(picture: Wire.Picture(data: picture)))
                    guard let result = try await results.next() else { break }
                    await emit(.text(Self.seen(result)))
                }
            } catch let error as RPCError where error.code == .unavailable || error.code == .resourceExhausted {
                try? await Task.sleep(for: .seconds(1))
            } catch {
                return
            }
        }
    }

    private static func seen(_ result: Wire.TrackResult) -> JSONValue {
        let face = result.face.map { face in
            JSONValue.object([
                "how": .string(face.how == .tracked ? "tracked" : "detected"), "presence": .measured(face.presence),
                "box": face.box.map(JSONValue.box) ?? .null,
                "square": .array(
                    [face.head?.x ?? 0, face.head?.y ?? 0, face.head?.side ?? 0].map { .measured($0, digits: 1) }),
                "points": .array(
                    face.landmarks.enumerated().filter { $0.offset % 3 < 2 }
                        .map { .measured(Double($0.element), digits: 1) }),
                "yaw": .measured(face.angles?.yaw ?? 0, digits: 1),
                "pitch": .measured(face.angles?.pitch ?? 0, digits: 1),
                "roll": .measured(face.angles?.roll ?? 0, digits: 1),
            ])
        }
        return .object([
            "kind": "look", "width": .count(result.width), "height": .count(result.height), "face": face ?? .null,
            "best": .measured(result.bestScore),
        ])
    }
}
