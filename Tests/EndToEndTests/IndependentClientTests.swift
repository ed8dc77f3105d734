import AnimoTestSupport
import Foundation
import Testing

/// A client of another language, made from Protos/ alone, is served like our own.
@Suite struct IndependentClientTests {
    static let python = URL(fileURLWithPath: "/usr/bin/python3")
    static let hasProtobuf =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/protoc")
        && FileManager.default.fileExists(atPath: "/usr/lib/python3/dist-packages/google/protobuf")

    struct Picture: Decodable, Equatable {
        let width, height: Int
        let sha256: String
    }

    struct Failure: Decodable {
        let code: Int32
        let message, reason: String
    }

    struct Session: Decodable {
        let window: Int
        let seqs: [Int]
        let outcomes: [String]
        let messages: [String]
        let pictures: Int
        let dropped: Int
    }

    struct Detail: Decodable {
        let detail: String
        let width, pastedWidth: Int
        let agreement: [Double]
        let noAlpha: Failure
    }

    struct Controlled: Decodable {
        let told, tracking: [String]
        let yaw, mouth: [Double]
    }

    struct Tracked: Decodable {
        let faceModel: String
        let seqs, landmarks: [Int]
        let how: [String]
        let blendshapes: Int
        let closed: Double
    }

    struct Facts: Decodable {
        let health: String
        let models, channels: [String]
        let cached: Bool
        let reenact: Picture
        let sameAgain: Bool
        let queue, latest: Session
        let controlled: Controlled
        let detail: Detail
        let track: Tracked?
        let noTracker: Failure?
        let unknownChannel, unknownMethod, droppedSource: Failure
        let cancelFound: Bool
    }

    @Test(
        .enabled(if: hasProtobuf, "needs protobuf-compiler and python3-protobuf"),
        arguments: ["unix", "tcp"])
    func isServedOver(kind: String) async throws {
        // One of the two has a tracker, which sees the same face in every picture.
        let hasTracker = kind == "unix"
        let folder = try TemporaryFolder()
        if hasTracker {
            try ModelFiles.whole().write(to: folder.url.appendingPathComponent("demo.safetensors"))
            let task = folder.path("face_landmarker.task")
            try Data(FaceTaskBuilder(seed: 3, seesFace: true).task).write(to: URL(fileURLWithPath: task))
            let converted = try await Command.run(
                Binaries.animoctl, ["convert", task, "--output", folder.path("face.safetensors")])
            try #require(converted.status == 0, "\(converted.errors)")
        }
        let daemon = try await RunningDaemon.start(
            hasTracker ? ["--model", folder.path("demo.safetensors"), "--model", folder.path("face.safetensors")] : [],
            listen: kind == "tcp" ? ["tcp:127.0.0.1:0"] : nil, in: folder)
        let address = try #require(daemon.addresses.first)
        let source = Fixtures.package.appendingPathComponent("Sources/CAnimoDemo/model/samples/anime-1.png")
        let script = Fixtures.package.appendingPathComponent("Tests/EndToEndTests/independent_client.py")
        let protos = Fixtures.package.appendingPathComponent("Protos")
        let command = try await Command.run(
            Self.python, [script.path, address.description, protos.path, source.path, "anime", "6"])
        try #require(command.status == 0, "\(command.errors)\n\(daemon.errors)")

        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let facts = try decoder.decode(Facts.self, from: command.output)
        #expect(facts.health == "SERVING")
        #expect(facts.models == (hasTracker ? ["demo", "face"] : ["demo"]))
        #expect(facts.channels.count == 20)
        #expect(facts.cached && facts.sameAgain && !facts.cancelFound)
        #expect(facts.reenact.width == 256 && facts.reenact.height == 256)

        #expect(facts.detail.detail == "DETAIL_FLOW" && facts.detail.width == 512 && facts.detail.pastedWidth == 256)
        #expect(facts.detail.agreement.allSatisfy { $0 > 0.5 && $0 <= 1 })
        #expect(facts.detail.noAlpha.code == 9 && facts.detail.noAlpha.message.contains("the source has no alpha"))

        #expect(facts.queue.seqs == Array(1...6))
        #expect(facts.queue.outcomes.allSatisfy { $0 == "OUTCOME_OK" }, "\(facts.queue.messages)")
        #expect(facts.queue.dropped == 0 && facts.queue.pictures > 1)
        #expect(facts.latest.seqs == Array(1...6))
        #expect(facts.latest.outcomes.allSatisfy { ["OUTCOME_OK", "OUTCOME_DROPPED"].contains($0) })
        #expect(facts.latest.outcomes.last == "OUTCOME_OK")
        #expect(facts.latest.dropped == facts.latest.outcomes.count { $0 == "OUTCOME_DROPPED" })

        #expect(facts.controlled.told == ["calibrated"] + [String](repeating: "result", count: 6))
        let tracking = ["OK", "HELD", "IDLE", "IDLE", "OK", "OK"].map { "TRACKING_\($0)" }
        #expect(facts.controlled.tracking == tracking)
        // Beyond the neutral of 5 degrees; what nobody drives sways a little.
        #expect(facts.controlled.yaw[0] == 0 && facts.controlled.yaw[1] == 0 && facts.controlled.yaw[5] == 10)
        #expect(abs(facts.controlled.yaw[3]) < 3)
        #expect(facts.controlled.mouth.allSatisfy { $0 == 0 })

        #expect((facts.track != nil) == hasTracker && (facts.noTracker != nil) == !hasTracker)
        if let track = facts.track {
            #expect(track.faceModel == "face" && track.seqs == Array(1...6))
            let ways = ["DETECTED"] + [String](repeating: "TRACKED", count: 5)
            #expect(track.how == ways.map { "FACE_SEARCH_\($0)" })
            #expect(track.landmarks.allSatisfy { $0 == 478 * 3 } && track.blendshapes == 52)
            #expect(track.closed > 0.9)
        }
        if let noTracker = facts.noTracker {
            #expect(noTracker.code == 9 && noTracker.reason == "REASON_NO_ESTIMATOR")
        }

        #expect(facts.unknownChannel.code == 3 && facts.unknownChannel.reason == "REASON_UNKNOWN_CHANNEL")
        #expect(facts.unknownMethod.code == 12)
        #expect(facts.droppedSource.code == 5 && facts.droppedSource.reason == "REASON_NO_SUCH_SOURCE")
        #expect(await daemon.stop() == 0)
    }
}
