import AnimoClient
import AnimoModel
import AnimoMotion
import AnimoFakeEngine
import AnimoWire
import Testing

@testable import AnimoServer

/// What families other than AniMo ask of the server: windows of frames, relative motion, an identity in the model,
/// sizes of their own; and refusals that name what is missing.
struct FamilyTests {
    private static let source = Wire.Source(kind: .picture(.plain(7)))

    private static func windowed(_ capabilities: inout Capabilities) {
        capabilities.window = 5
        capabilities.isRelative = true
    }

    /// First numbers of the results' motions, in order, after all drivers were sent.
    private func results(
        _ server: TestServer, _ open: Wire.AnimateOpen, _ inputs: [Wire.AnimateInput.Kind]
    ) async throws -> [Float] {
        let client = try await server.client()
        let session = try await client.animate(open)
        for input in inputs {
            switch input {
            case .frame(let frame): try await session.send(frame)
            case .change(let change): try await session.change(change)
            case .open: break
            }
        }
        try await session.finish()
        var numbers: [Float] = []
        for try await output in session.outputs {
            if case .result(let result) = output.kind {
                #expect(result.outcome == .ok, "\(result.message)")
                numbers.append(result.motion?.values.first ?? -1)
            }
        }
        await client.close()
        return numbers
    }

    private func frames(_ numbers: [Float]) -> [Wire.AnimateInput.Kind] {
        numbers.map { .frame(Wire.AnimateFrame(driver: .motion($0))) }
    }

    @Test func aPictureOfASessionIsDrawnFromTheFramesAroundIt() async throws {
        let engine = FakeEngine(batchLimit: 1, adjust: Self.windowed)
        try await withServer(engine: engine) { server in
            let open = Wire.AnimateOpen(source: Self.source, policy: .queue, window: 8, lookahead: 1)
            let numbers1 = try await results(server, open, frames([1, 2, 3, 4]))
            #expect(numbers1 == [1, 2, 3, 4])
            let drawn = server.engine.windows.sorted { $0[2] < $1[2] }
            #expect(drawn == [[1, 1, 1, 2, 2], [1, 1, 2, 3, 3], [1, 2, 3, 4, 4], [2, 3, 4, 4, 4]])
        }
    }

    /// With as many frames to wait for as may be outstanding, a frame that adds nothing to others' windows keeps nobody
    /// waiting: one that is refused, one that cannot be decoded, one with a window of its own.
    @Test(arguments: [
        (Wire.Driver(kind: .motion(Wire.Motion(values: [1, 2]))), Wire.Outcome.invalid),
        (
            Wire.Driver(kind: .frame(Wire.DrivingFrame(picture: Wire.Picture(data: [1, 2, 3, 4]), domain: .vox))),
            .invalid
        ),
        (Wire.Driver(kind: .motion(Wire.Motion(values: [Float](repeating: 0, count: 5 * 70)))), .ok),
    ])
    func aFrameWithoutACodeKeepsNobodyWaiting(odd: Wire.Driver, outcome: Wire.Outcome) async throws {
        let engine = FakeEngine(batchLimit: 1, adjust: Self.windowed)
        try await withServer(engine: engine) { server in
            let client = try await server.client()
            let session = try await client.animate(
                Wire.AnimateOpen(source: Self.source, policy: .queue, window: 3, lookahead: 2))
            async let sent: Void = {
                for number in [1, 2, nil, 4, nil, nil, 7] as [Float?] {
                    try await session.send(Wire.AnimateFrame(driver: number.map { .motion($0) } ?? odd))
                }
                try await session.finish()
            }()
            var outcomes: [Wire.Outcome] = []
            for try await output in session.outputs {
                if case .result(let result) = output.kind { outcomes.append(result.outcome) }
            }
            try await sent
            #expect(outcomes == [.ok, .ok, outcome, .ok, outcome, outcome, .ok])
            let drawn = server.engine.windows.filter { $0[2] != 0 }.sorted { $0[2] < $1[2] }
            #expect(drawn == [[1, 1, 1, 2, 2], [1, 1, 2, 4, 4], [1, 2, 4, 4, 4], [2, 4, 7, 7, 7]])
            await client.close()
        }
    }

    @Test func aSingleDriverStandsForTheWholeWindowAndAWindowForItself() async throws {
        let engine = FakeEngine(adjust: Self.windowed)
        try await withServer(engine: engine) { server in
            let client = try await server.client()
            _ = try await client.reenact(Wire.ReenactRequest(source: Self.source, driver: .motion(3)))
            let whole = (0..<5).flatMap { [Float($0)] + [Float](repeating: 0, count: 69) }
            let driver = Wire.Driver(kind: .motion(Wire.Motion(values: whole)))
            _ = try await client.reenact(Wire.ReenactRequest(source: Self.source, driver: driver))
            #expect(server.engine.windows == [[3, 3, 3, 3, 3], [0, 1, 2, 3, 4]])
            await client.close()
        }
    }

    @Test func relativeMotionIsToldAgainstTheFirstFrameAndAgainAfterCalibration() async throws {
        let engine = FakeEngine { $0.isRelative = true }
        try await withServer(engine: engine) { server in
            var open = Wire.AnimateOpen(
                source: Self.source, policy: .queue, window: 8, relative: Wire.Relative())
            let calibrate = Wire.AnimateInput.Kind.change(Wire.AnimateChange(calibrate: true))
            let inputs = frames([10, 12]) + [calibrate] + frames([20, 25])
            let numbers2 = try await results(server, open, inputs)
            #expect(numbers2 == [0, 2, 0, 5])
            open.relative = Wire.Relative(neutral: .motion(4), adaptScale: true)
            let numbers3 = try await results(server, open, frames([5, 7]))
            #expect(numbers3 == [2, 6])
        }
    }

    @Test func aSingleCallMayNameItsNeutral() async throws {
        let engine = FakeEngine { $0.isRelative = true }
        try await withServer(engine: engine) { server in
            let client = try await server.client()
            let reply = try await client.reenact(
                Wire.ReenactRequest(
                    source: Self.source, driver: .motion(9), relative: Wire.Relative(neutral: .motion(4))))
            #expect(reply.motion?.values.first == 5)
            await client.close()
        }
    }

    @Test func anIdentityInTheModelNeedsNoSourceAndTakesNone() async throws {
        let engine = FakeEngine {
            $0.needsSource = false
            $0.domains = [.vox]
            $0.rendersOtherSizes = false
        }
        try await withServer(engine: engine) { server in
            let client = try await server.client()
            #expect(try await client.describe().models.first?.needsSource == false)
            #expect(try await client.reenact(Wire.ReenactRequest(driver: .motion(9))).picture?.width == 32)
            let error = await #expect(throws: RPCError.self) {
                try await client.reenact(
                    Wire.ReenactRequest(
                        source: Wire.Source(kind: .picture(.plain(7, domain: .vox))), driver: .motion(9)))
            }
            #expect(error?.code == .failedPrecondition)
            let session = try await client.animate(Wire.AnimateOpen())
            try await session.send(Wire.AnimateFrame(driver: .motion(3)))
            try await session.finish()
            for try await _ in session.outputs {}
            #expect(server.engine.drawn == [9, 3])
            await client.close()
        }
    }

    @Test func whatAModelCannotDoIsRefusedInWords() async throws {
        try await withServer { server in
            let client = try await server.client()
            var flame = Wire.ReenactRequest(source: Self.source)
            flame.driver = Wire.Driver(kind: .motion(Wire.Motion(values: [Float](repeating: 0, count: 156))))
            var error = await #expect(throws: RPCError.self) { try await client.reenact(flame) }
            #expect(error?.code == .failedPrecondition)
            flame.driver = Wire.Driver(kind: .motion(Wire.Motion(values: [1, 2])))
            error = await #expect(throws: RPCError.self) { try await client.reenact(flame) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains("expected 20, 70, 73, 156 numbers, got 2") == true)
            for driver in [Wire.Driver.motion(1), Wire.Driver(kind: .pose(Wire.Pose()))] {
                let request = Wire.ReenactRequest(
                    source: Self.source, driver: driver, options: Wire.DrawOptions(mapping: .edtn))
                error = await #expect(throws: RPCError.self) { try await client.reenact(request) }
                #expect(error?.code == .failedPrecondition && error?.message.contains("no pose by edtn") == true)
            }
            for open in [
                Wire.AnimateOpen(source: Self.source, relative: Wire.Relative()),
                Wire.AnimateOpen(source: Self.source, policy: .queue, lookahead: 1),
            ] {
                let error = await #expect(throws: RPCError.self) { _ = try await client.animate(open) }
                #expect(error?.code == .failedPrecondition)
            }
            await client.close()
        }
    }
}
