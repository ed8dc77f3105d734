import AnimoClient
import AnimoDemo
import AnimoJSON
import AnimoMotion
import AnimoTestSupport
import AnimoWire
import Testing

@testable import AnimoStudio

/// A head of the studio whose daemon is killed and comes back.
@Suite struct StudioHeadTests {
    @Test(.timeLimit(.minutes(10))) func aHeadMovesAgainWhenItsDaemonIsBack() async throws {
        let daemon = try await RunningDaemon.start()
        let client = try await AnimoClient.connect(to: .unix(daemon.socketPath), retry: .never)
        let (outputs, output) = AsyncStream<PageOutput>.makeStream()
        let picture = Wire.Picture(data: Array(try DemoSamples.file("anime-1.png")))
        let head = HeadSession(
            0, client: client,
            request: Wire.PutSourceRequest(source: Wire.SourcePicture(picture: picture, domain: .anime)),
            options: Wire.DrawOptions(), emit: { output.yield($0) }, show: { _ in })
        let running = Task { await head.run() }
        var reading = outputs.makeAsyncIterator()
        /// Skips to what tells this.
        func told(_ kind: String) async throws -> JSONValue {
            while let next = await reading.next() {
                if case .text(let value) = next, value.objectValue?["kind"]?.stringValue == kind { return value }
            }
            throw CancellationError()
        }
        /// The number of the next picture.
        func pictured() async throws -> Int? {
            while let next = await reading.next() {
                if case .picture(let facts, _) = next { return facts.objectValue?["seq"]?.integerValue }
            }
            return nil
        }
        func drive(_ seq: UInt32) { head.send(.init(driver: Self.turned(Float(seq)), seq: seq, time: 0)) }

        _ = try await told("opened")
        drive(1)
        #expect(try await pictured() == 1)
        daemon.signal(9)
        _ = await daemon.status
        _ = try await told("daemon")
        let second = try await RunningDaemon.start(in: daemon.folder)
        _ = try await told("opened")
        drive(2)
        #expect(try await pictured() == 2)
        running.cancel()
        await running.value
        await client.close()
        #expect(await second.stop() == 0)
    }

    /// What a page asks for while its head is driven is obeyed by the frames after it.
    @Test(.timeLimit(.minutes(5))) func aHeadFollowsAsItIsAsked() async throws {
        let daemon = try await RunningDaemon.start()
        let client = try await AnimoClient.connect(to: .unix(daemon.socketPath), retry: .never)
        let model = try #require(try await client.describe().models.first)
        let (outputs, output) = AsyncStream<PageOutput>.makeStream()
        let picture = Wire.Picture(data: Array(try DemoSamples.file("anime-1.png")))
        let head = HeadSession(
            0, client: client,
            request: Wire.PutSourceRequest(source: Wire.SourcePicture(picture: picture, domain: .anime)),
            options: Wire.DrawOptions(), groups: Set(model.groups.compactMap(ControlGroup.init(rawValue:))),
            emit: { output.yield($0) }, show: { _ in })
        let running = Task { await head.run() }
        var reading = outputs.makeAsyncIterator()
        /// The yaw that the picture of the frame `seq` shows.
        func yaw(of seq: Int) async throws -> Double? {
            while let next = await reading.next() {
                guard case .picture(let facts, _) = next, facts.objectValue?["seq"]?.integerValue == seq else {
                    continue
                }
                return facts.objectValue?["pose"]?.objectValue?["yaw"]?.doubleValue
            }
            return nil
        }
        func drive(_ seq: UInt32, at time: Double) { head.send(.init(driver: Self.turned(10), seq: seq, time: time)) }

        drive(1, at: 0)
        #expect(try await yaw(of: 1) == 10)
        var control = PageControl()
        control.isMirrored = true
        head.follow(control)
        var isTold = false
        while !isTold, let next = await reading.next() {
            if case .text(let value) = next { isTold = value.objectValue?["kind"]?.stringValue == "controlled" }
        }
        #expect(isTold)
        // The change glides from the first frame after it on.
        drive(2, at: 100)
        _ = try await yaw(of: 2)
        drive(3, at: 600)
        let mirrored = try await yaw(of: 3) ?? 0
        #expect(abs(mirrored + 10) < 1e-3, "\(mirrored)")
        running.cancel()
        await running.value
        await client.close()
        #expect(await daemon.stop() == 0)
    }

    private static func turned(_ yaw: Float) -> Wire.Driver {
        Wire.Driver(kind: .pose(Wire.Pose(channels: [Wire.NamedValue(name: "yaw", value: Double(yaw))])))
    }
}
