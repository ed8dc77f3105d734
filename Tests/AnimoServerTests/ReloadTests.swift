import AnimoClient
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import Synchronization
import Testing

@testable import AnimoServer

/// New models in the place of old ones, while these are in use.
struct ReloadTests {
    /// What the next reload finds: engines by their digest, or a failure.
    private final class Shelf: Sendable {
        private let next: Mutex<Result<FakeEngine, ModelLoadFailure>?> = Mutex(nil)

        func put(_ result: Result<FakeEngine, ModelLoadFailure>?) { next.withLock { $0 = result } }

        func load(_ served: [ModelRegistry.Entry]) throws -> [ModelRegistry.Entry] {
            guard let result = next.withLock({ $0 }) else { return served }
            return [ModelRegistry.Entry(name: "fake", engine: try result.get().engine)]
        }
    }

    private static let open = Wire.AnimateOpen(source: Wire.Source(kind: .picture(.plain(7))), policy: .queue)

    private func digest(of client: AnimoClient) async throws -> [UInt8]? {
        try await client.describe().models.first?.digest
    }

    private func result(_ session: AnimateSession) async throws -> Wire.AnimateResult? {
        for try await output in session.outputs {
            if case .result(let result) = output.kind { return result }
        }
        return nil
    }

    @Test func aSessionKeepsItsModelAndTheOldOneIsFreedAfterIt() async throws {
        let shelf = Shelf()
        try await withServer(load: shelf.load) { server in
            let client = try await server.client()
            // An engine that only the server holds; its stream ends with it.
            var first: FakeEngine? = FakeEngine(digest: [4])
            weak let engine = first
            let begun = first?.begun
            shelf.put(first.map(Result.success))
            #expect(try await client.reload().models == [.init(name: "fake", digest: [4], changed: true)])
            shelf.put(nil)
            first = nil

            let session = try await client.animate(Self.open)
            shelf.put(.success(FakeEngine(digest: [5])))
            _ = try await client.reload()
            #expect(try await digest(of: client) == [5])
            try await session.send(Wire.AnimateFrame(driver: .motion(3)))
            #expect(try await result(session)?.modelDigest == [4])
            // A new source for an old session is prepared by the old model.
            try await session.change(Wire.AnimateChange(source: Wire.Source(kind: .picture(.plain(9)))))
            try await session.send(Wire.AnimateFrame(driver: .motion(4)))
            #expect(try await result(session)?.modelDigest == [4])
            #expect(engine != nil)

            try await session.finish()
            for try await _ in session.outputs {}
            for await _ in try #require(begun) {}
            #expect(engine == nil)
            await client.close()
        }
    }

    @Test func aCallInTheWorksEndsWithTheModelItBeganWith() async throws {
        let shelf = Shelf()
        try await withServer(load: shelf.load) { server in
            let client = try await server.client()
            server.engine.close()
            async let reply = client.reenact(
                Wire.ReenactRequest(source: Wire.Source(kind: .picture(.plain(1))), driver: .motion(2)))
            _ = await next(server.engine.begun)
            shelf.put(.success(FakeEngine(digest: [9])))
            async let reload = client.reload()
            server.engine.open()
            #expect(try await reply.source?.modelDigest == [1, 2, 3])
            _ = try await reload
            await client.close()
        }
    }

    @Test func aModelThatCannotBeLoadedReplacesNothing() async throws {
        let shelf = Shelf()
        try await withServer(load: shelf.load) { server in
            let client = try await server.client()
            let held = try await client.hold(Wire.PutSourceRequest(source: .plain(1)))
            for (code, expected) in [
                (.missing, .notFound), (.damaged, .dataLoss), (.unusable, .failedPrecondition),
            ] as [(ModelLoadFailure.Code, StatusCode)] {
                shelf.put(.failure(ModelLoadFailure(code, model: "fake", "expected a model, got nonsense")))
                let error = await #expect(throws: RPCError.self) { try await client.reload() }
                #expect(error?.code == expected)
                #expect(error?.message == "model fake: expected a model, got nonsense")
                #expect(try await client.status().reloadError == error?.message)
            }
            #expect(try await client.status().failedReloads == 3)
            #expect(try await digest(of: client) == [1, 2, 3])
            #expect(try await client.reenact(held, .motion(1)).source?.id == held.prepared.id)
            shelf.put(nil)
            _ = try await client.reload()
            let status = try await client.status()
            #expect(status.reloadError.isEmpty)
            #expect(status.reloads == 1)
            await client.close()
        }
    }

    @Test func anUnchangedModelKeepsItsSourcesAndAnotherDoesNot() async throws {
        let shelf = Shelf()
        try await withServer(load: shelf.load) { server in
            let client = try await server.client()
            _ = try await client.putSource(Wire.PutSourceRequest(source: .plain(1)))
            #expect(try await client.reload().models.map(\.changed) == [false])
            #expect(try await client.putSource(Wire.PutSourceRequest(source: .plain(1))).cached)
            shelf.put(.success(FakeEngine(digest: [6])))
            #expect(try await client.reload().models.map(\.changed) == [true])
            #expect(try await client.status().sources?.entries == 0)
            #expect(try await !client.putSource(Wire.PutSourceRequest(source: .plain(1))).cached)
            await client.close()
        }
    }

    @Test func aHeldSourceIsPutAgainForTheNewModel() async throws {
        let shelf = Shelf()
        try await withServer(load: shelf.load) { server in
            let client = try await server.client()
            let held = try await client.hold(Wire.PutSourceRequest(source: .plain(1)))
            shelf.put(.success(FakeEngine(digest: [6])))
            _ = try await client.reload()
            #expect(try await client.reenact(held, .motion(1)).source?.modelDigest == [6])
            await client.close()
        }
    }
}
