import AnimoConcurrency
import AnimoFaultInjection
import AnimoClient
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import NIOCore
import Testing

@testable import AnimoServer

/// Unary calls through a real socket, around a fake engine.
struct UnaryTests {
    @Test func aSourceIsPreparedOnceAndFoundAgain() async throws {
        try await withServer { server in
            let client = try await server.client()
            let request = Wire.PutSourceRequest(source: .plain(77))
            let first = try await client.putSource(request)
            #expect(!first.cached)
            let second = try await client.putSource(request)
            #expect(second.cached)
            let id = try #require(first.source?.id)
            #expect(second.source?.id == id)
            let reply = try await client.reenact(
                Wire.ReenactRequest(source: Wire.Source(kind: .id(id)), driver: .motion(12)))
            #expect(reply.picture?.format == .rgb8)
            #expect(reply.picture?.data.prefix(3) == [77, 12, 0])
            _ = try await client.dropSource(id: id)
            await #expect(throws: RPCError.self) { try await client.dropSource(id: id) }
            await client.close()
        }
    }

    @Test func anotherPictureDomainOrCropIsAnotherSource() async throws {
        try await withServer { server in
            let client = try await server.client()
            var ids: Set<[UInt8]> = []
            let box = Wire.Crop(mode: .box, box: Wire.Box(x: 0, y: 0, width: 16, height: 16))
            for source in [
                Wire.SourcePicture.plain(1), .plain(2), .plain(1, domain: .vox),
                Wire.SourcePicture(picture: .plain(1), domain: .anime, crop: box),
                Wire.SourcePicture(picture: .plain(1), domain: .anime, size: 64),
            ] {
                let reply = try await client.putSource(Wire.PutSourceRequest(source: source))
                ids.insert(try #require(reply.source).id)
            }
            #expect(ids.count == 5)
            await client.close()
        }
    }

    @Test func theTranslationIsTheSourcesOwnUnlessAPhotographDrives() async throws {
        try await withServer { server in
            let client = try await server.client()
            let source = Wire.Source(kind: .picture(.plain(5, domain: .vox)))
            let pose = Wire.Driver(kind: .pose(Wire.Pose(channels: [Wire.NamedValue(name: "yaw", value: 10)])))
            let posed = try await client.reenact(Wire.ReenactRequest(source: source, driver: pose))
            #expect(posed.motion?.values.suffix(3) == [0.1, 0.2, 0.3])
            #expect(!posed.translationAssumed)
            let frame = Wire.DrivingFrame(picture: .plain(9), domain: .vox)
            let driven = try await client.reenact(
                Wire.ReenactRequest(source: source, driver: Wire.Driver(kind: .frame(frame))))
            #expect(driven.motion?.values.suffix(3) == [0, 0, 0])
            await client.close()
        }
    }

    @Test func editingSetsBothSidesAddsAndReportsWhatWasClamped() async throws {
        try await withServer { server in
            let client = try await server.client()
            let reply = try await client.editPose(
                Wire.EditPoseRequest(
                    source: Wire.Source(kind: .picture(.plain(5))),
                    set: [Wire.NamedValue(name: "eye_closed", value: 0.75)],
                    add: [
                        Wire.NamedValue(name: "eye_closed_left", value: 0.5), Wire.NamedValue(name: "yaw", value: 3),
                    ]))
            let pose = try #require(reply.pose)
            #expect(pose.values[6] == 1)
            #expect(pose.values[7] == 0.75)
            #expect(pose.values[19] == 3)
            #expect(reply.drawn?.clamped == [Wire.Clamped(channel: "eye_closed_left", asked: 1.25, used: 1)])
            await client.close()
        }
    }

    static let bad: [(String, Wire.ReenactRequest, StatusCode, Wire.Reason)] = [
        ("no source", Wire.ReenactRequest(driver: .motion(1)), .invalidArgument, .missingField),
        (
            "no driver", Wire.ReenactRequest(source: Wire.Source(kind: .picture(.plain(1)))), .invalidArgument,
            .missingField
        ),
        (
            "a source that is not there",
            Wire.ReenactRequest(source: Wire.Source(kind: .id([1])), driver: .motion(1)), .notFound, .noSuchSource
        ),
        (
            "an unknown model",
            Wire.ReenactRequest(model: "x", source: Wire.Source(kind: .picture(.plain(1))), driver: .motion(1)),
            .notFound, .noSuchModel
        ),
        (
            "no picture",
            Wire.ReenactRequest(
                source: Wire.Source(kind: .picture(Wire.SourcePicture(domain: .vox))), driver: .motion(1)),
            .invalidArgument, .missingField
        ),
        (
            "no picture at all",
            Wire.ReenactRequest(
                source: Wire.Source(
                    kind: .picture(Wire.SourcePicture(picture: Wire.Picture(data: [1, 2, 3]), domain: .vox))),
                driver: .motion(1)), .invalidArgument, .picture
        ),
        (
            "a size that is no multiple of 32",
            Wire.ReenactRequest(
                source: Wire.Source(
                    kind: .picture(Wire.SourcePicture(picture: .plain(1), domain: .anime, size: 100))),
                driver: .motion(1)), .invalidArgument, .size
        ),
        (
            "no domain",
            Wire.ReenactRequest(
                source: Wire.Source(kind: .picture(Wire.SourcePicture(picture: .plain(1)))), driver: .motion(1)),
            .invalidArgument, .missingField
        ),
        (
            "too few numbers",
            Wire.ReenactRequest(
                source: Wire.Source(kind: .picture(.plain(1))),
                driver: Wire.Driver(kind: .motion(Wire.Motion(values: [1])))), .invalidArgument, .size
        ),
        (
            "not a number",
            Wire.ReenactRequest(source: Wire.Source(kind: .picture(.plain(1))), driver: .motion(.nan)),
            .invalidArgument, .notFinite
        ),
        (
            "a number no head has ever meant",
            Wire.ReenactRequest(source: Wire.Source(kind: .picture(.plain(1))), driver: .motion(3e38)),
            .invalidArgument, .outOfRange
        ),
        (
            "a translation no head has ever had",
            Wire.ReenactRequest(
                source: Wire.Source(kind: .picture(.plain(1))), driver: .motion(1),
                options: Wire.DrawOptions(translation: Wire.Translation(x: 0, y: -1e6, z: 0))), .invalidArgument,
            .outOfRange
        ),
        (
            "an unknown channel",
            Wire.ReenactRequest(
                source: Wire.Source(kind: .picture(.plain(1))),
                driver: Wire.Driver(
                    kind: .pose(Wire.Pose(channels: [Wire.NamedValue(name: "eye_clsed", value: 1)])))),
            .invalidArgument, .unknownChannel
        ),
        (
            "an empty box",
            Wire.ReenactRequest(
                source: Wire.Source(
                    kind: .picture(
                        Wire.SourcePicture(picture: .plain(1), domain: .anime, crop: Wire.Crop(mode: .box)))),
                driver: .motion(1)), .invalidArgument, .size
        ),
        (
            "no head",
            Wire.ReenactRequest(
                source: Wire.Source(
                    kind: .picture(
                        Wire.SourcePicture(picture: .plain(1), domain: .anime, crop: Wire.Crop(mode: .auto)))),
                driver: .motion(1)), .failedPrecondition, .noHead
        ),
        (
            "out of range, refused",
            Wire.ReenactRequest(
                source: Wire.Source(kind: .picture(.plain(1))),
                driver: Wire.Driver(
                    kind: .pose(Wire.Pose(channels: [Wire.NamedValue(name: "mouth_a", value: 2)]))),
                options: Wire.DrawOptions(outOfRange: .refuse)), .invalidArgument, .outOfRange
        ),
    ]

    @Test func badRequestsAreToldWhatIsWrongAndTheConnectionGoesOn() async throws {
        try await withServer { server in
            let client = try await server.client()
            for (name, request, code, reason) in Self.bad {
                let error = await #expect(throws: RPCError.self, "\(name)") { try await client.reenact(request) }
                #expect(error?.code == code, "\(name): \(String(describing: error))")
                #expect(error?.reason == reason, "\(name): \(String(describing: error))")
            }
            #expect(try await client.check().status == .serving)
            await client.close()
        }
    }

    @Test func aModelWithoutAnEstimatorSaysSo() async throws {
        try await withServer(engine: FakeEngine(estimators: [:])) { server in
            let client = try await server.client()
            let frame = Wire.DrivingFrame(picture: .plain(9), domain: .vox)
            let error = await #expect(throws: RPCError.self) {
                try await client.reenact(
                    Wire.ReenactRequest(
                        source: Wire.Source(kind: .picture(.plain(1))), driver: Wire.Driver(kind: .frame(frame))))
            }
            #expect(error?.code == .failedPrecondition)
            #expect(error?.reason == .noEstimator)
            let described = try await client.describe()
            #expect(described.models[0].drivers == ["pose", "motion"])
            await client.close()
        }
    }

    @Test func requestsOfDifferentClientsShareABatchAndDoNotMix() async throws {
        try await withServer { server in
            let clients = [try await server.client(), try await server.client(), try await server.client()]
            var sources: [Wire.Source] = []
            for (index, client) in clients.enumerated() {
                let reply = try await client.putSource(Wire.PutSourceRequest(source: .plain(UInt8(index))))
                sources.append(Wire.Source(kind: .id(try #require(reply.source).id)))
            }
            server.engine.close()
            let kept = sources
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try await clients[0].reenact(Wire.ReenactRequest(source: kept[0], driver: .motion(200)))
                }
                #expect(await next(server.engine.begun) == 1)
                for (index, client) in clients.enumerated() {
                    group.addTask {
                        let reply = try await client.reenact(
                            Wire.ReenactRequest(source: kept[index], driver: .motion(Float(100 + index))))
                        #expect(reply.picture?.data.prefix(2) == [UInt8(index), UInt8(100 + index)])
                        #expect(reply.batchSize == 3)
                    }
                }
                await server.waitForQueue { $0 >= 3 }
                server.engine.open()
                try await group.waitForAll()
            }
            #expect(await next(server.engine.begun) == 3)
            for client in clients { await client.close() }
        }
    }

    @Test func oneFailingDrawingDoesNotSpoilItsBatch() async throws {
        try await withServer { server in
            let client = try await server.client()
            let source = Wire.Source(kind: .picture(.plain(3)))
            _ = try await client.reenact(Wire.ReenactRequest(source: source, driver: .motion(1)))
            server.engine.close()
            async let first = client.reenact(Wire.ReenactRequest(source: source, driver: .motion(1)))
            _ = await next(server.engine.begun)
            _ = await next(server.engine.begun)
            let bad = Task { try await client.reenact(Wire.ReenactRequest(source: source, driver: .motion(666))) }
            async let good = client.reenact(Wire.ReenactRequest(source: source, driver: .motion(2)))
            await server.waitForQueue { $0 >= 2 }
            server.engine.open()
            _ = try await first
            #expect(try await good.picture?.data.prefix(2) == [3, 2])
            await #expect(throws: RPCError.self) { try await bad.value }
            await client.close()
        }
    }

    /// Trying again would not help: it is no overload to a call that is over.
    @Test func aCallThatIsLateAlreadyIsToldSoWhateverTheQueue() async throws {
        try await withServer { server in
            let client = try await server.client()
            let source = Wire.Source(kind: .picture(.plain(3)))
            _ = try await client.reenact(Wire.ReenactRequest(source: source, driver: .motion(1)))
            _ = await next(server.engine.begun)
            server.engine.close()
            async let first = client.reenact(Wire.ReenactRequest(source: source, driver: .motion(2)))
            _ = await next(server.engine.begun)
            let raw = try RawSocket(server.address)
            let late = Wire.ReenactRequest(source: source, driver: .motion(3))
            raw.send(.request(.of(.reenact, late, timeoutNano: 1), stream: 1))
            let response = try await runBlocking { try Wire.Response(decoding: raw.receive().body) }
            #expect(response.status.map(RPCError.init(status:))?.code == .deadlineExceeded)
            server.engine.open()
            _ = try await first
            await client.close()
        }
    }

    @Test func aDeadlineThatPassesInTheQueueIsToldAtOnceAndNotComputed() async throws {
        try await withServer { server in
            let client = try await server.client()
            let source = Wire.Source(kind: .picture(.plain(3)))
            server.engine.close()
            async let first = client.reenact(Wire.ReenactRequest(source: source, driver: .motion(1)))
            _ = await next(server.engine.begun)
            let error = await #expect(throws: RPCError.self) {
                try await client.reenact(
                    Wire.ReenactRequest(source: source, driver: .motion(99)), timeout: .milliseconds(50))
            }
            #expect(error?.code == .deadlineExceeded)
            await server.waitForQueue { $0 == 0 }
            server.engine.open()
            _ = try await first
            #expect(!server.engine.drawn.contains(99))
            await client.close()
        }
    }

    @Test func aClientThatVanishesTakesItsQueuedWorkAlong() async throws {
        try await withServer { server in
            let staying = try await server.client()
            let leaving = try await server.client()
            let source = Wire.Source(kind: .picture(.plain(3)))
            _ = try await staying.putSource(Wire.PutSourceRequest(source: .plain(3)))
            server.engine.close()
            async let first = staying.reenact(Wire.ReenactRequest(source: source, driver: .motion(1)))
            _ = await next(server.engine.begun)
            let lost = Task {
                try await leaving.reenact(Wire.ReenactRequest(source: source, driver: .motion(99)))
            }
            await server.waitForQueue { $0 >= 1 }
            await leaving.close()
            await server.waitForQueue { $0 == 0 }
            server.engine.open()
            _ = try await first
            await #expect(throws: (any Error).self) { try await lost.value }
            #expect(!server.engine.drawn.contains(99))
            await staying.close()
        }
    }

    @Test func aCancelledCallIsWithdrawn() async throws {
        try await withServer { server in
            let client = try await server.client()
            let source = Wire.Source(kind: .picture(.plain(3)))
            server.engine.close()
            async let first = client.reenact(Wire.ReenactRequest(source: source, driver: .motion(1)))
            _ = await next(server.engine.begun)
            let cancelled = Task {
                try await client.reenact(Wire.ReenactRequest(source: source, driver: .motion(99)))
            }
            await server.waitForQueue { $0 >= 1 }
            cancelled.cancel()
            await server.waitForQueue { $0 == 0 }
            server.engine.open()
            _ = try await first
            #expect(!server.engine.drawn.contains(99))
            await client.close()
        }
    }

    /// A place is for work, not for whoever asked for it: it is free when the work has ended.
    @Test func aCancelledCallKeepsItsPlaceUntilItsWorkHasEnded() async throws {
        var limits = ServerLimits()
        limits.callsPerConnection = 1
        try await withServer(limits: limits) { server in
            let raw = try RawSocket(server.address)
            let source = Wire.Source(kind: .picture(.plain(3)))
            let request = Wire.ReenactRequest(source: source, driver: .motion(1))
            server.engine.close()
            raw.send(.request(.of(.reenact, request), stream: 1))
            _ = await next(server.engine.begun)
            // The protocol's own way to give a call up: a second breach would end the connection.
            raw.send(Frame(stream: 1, kind: .data, body: ByteBuffer(bytes: [1])))
            raw.send(.request(.of(.healthCheck, Wire.HealthCheckRequest()), stream: 3))
            let refused = try await runBlocking { try raw.receive() }
            #expect(refused.stream == 3)
            let status = try #require(try Wire.Response(decoding: refused.body).status)
            #expect(RPCError(status: status).code == .resourceExhausted)
            server.engine.open()
            #expect(try await runBlocking { try raw.receive() }.stream == 1)
            raw.send(.request(.of(.healthCheck, Wire.HealthCheckRequest()), stream: 5))
            let served = try await runBlocking { try raw.receive() }
            #expect(try Wire.Response(decoding: served.body).status == nil)
        }
    }

    @Test func statusCountsWhatHappened() async throws {
        try await withServer { server in
            let client = try await server.client()
            _ = try await client.reenact(
                Wire.ReenactRequest(source: Wire.Source(kind: .picture(.plain(1))), driver: .motion(1)))
            await #expect(throws: RPCError.self) { try await client.dropSource(id: [1]) }
            let status = try await client.status()
            #expect(status.state == "serving")
            #expect(status.requests.contains(Wire.Counter(name: "Reenact OK", value: 1)))
            #expect(status.requests.contains(Wire.Counter(name: "DropSource NOT_FOUND", value: 1)))
            #expect(status.sources?.entries == 1)
            #expect(status.connections == 1)
            #expect(status.residentBytes > 0)
            await client.close()
        }
    }
}
