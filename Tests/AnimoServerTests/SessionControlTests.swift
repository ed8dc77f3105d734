import AnimoClient
import AnimoMotion
import AnimoFakeEngine
import AnimoTestSupport
import AnimoWire
import Testing

@testable import AnimoServer

/// Control of drivers in live sessions, around the fake engine.
@Suite struct SessionControlTests {
    private func open(
        _ control: Wire.Control?, relative: Wire.Relative? = nil, policy: Wire.DropPolicy = .queue
    ) -> Wire.AnimateOpen {
        Wire.AnimateOpen(
            source: Wire.Source(kind: .picture(.plain(7))), policy: policy, window: 16,
            options: Wire.DrawOptions(format: .rgb8), relative: relative, control: control)
    }

    /// A frame at so many milliseconds whose head turns by `yaw` and opens its mouth; no head at all for nil.
    private func frame(_ seq: UInt64, at milliseconds: Int64, yaw: Float?, mouth: Float = 0) -> Wire.AnimateFrame {
        let driver = yaw.map { yaw in
            var values = [Float](repeating: 0, count: 20)
            values[12] = mouth
            values[19] = yaw
            return Wire.Driver(kind: .pose(Wire.Pose(values: values)))
        }
        return Wire.AnimateFrame(seq: seq, timeoutNano: 30_000_000_000, driver: driver, timeUs: 1 + milliseconds * 1000)
    }

    /// Everything a session says to these messages.
    private func outputs(
        _ server: TestServer, _ open: Wire.AnimateOpen, _ messages: [Wire.AnimateInput.Kind]
    ) async throws -> [Wire.AnimateOutput.Kind] {
        let client = try await server.client()
        let session = try await client.animate(open)
        async let received = {
            var kinds: [Wire.AnimateOutput.Kind] = []
            for try await output in session.outputs { if let kind = output.kind { kinds.append(kind) } }
            return kinds
        }()
        for message in messages {
            switch message {
            case .frame(let frame): try await session.send(frame)
            case .change(let change): try await session.change(change)
            case .open: break
            }
        }
        try await session.finish()
        let kinds = try await received
        await client.close()
        return kinds
    }

    private func results(_ kinds: [Wire.AnimateOutput.Kind]) -> [Wire.AnimateResult] {
        kinds.compactMap { if case .result(let result) = $0 { result } else { nil } }
    }

    @Test func withoutControlNothingIsTold() async throws {
        try await withServer { server in
            let results = try await results(
                outputs(server, open(nil), [.frame(frame(1, at: 0, yaw: 5)), .frame(frame(2, at: 33, yaw: nil))]))
            #expect(results.map(\.outcome) == [.ok, .invalid])
            #expect(results[0].tracking == .unspecified && results[0].pose == nil)
            #expect(results[1].detail?.reason == .missingField)
        }
    }

    @Test func aLostHeadIsHeldThenIdleAndEveryFrameIsFlagged() async throws {
        try await withServer { server in
            let control = Wire.Control(lost: Wire.Lost(holdMs: 100, easeMs: 100, backMs: 100))
            let frames = [
                frame(1, at: 0, yaw: 20), frame(2, at: 50, yaw: nil), frame(3, at: 200, yaw: nil),
                frame(4, at: 400, yaw: nil), frame(5, at: 450, yaw: 20), frame(6, at: 700, yaw: 20),
            ]
            let results = try await results(outputs(server, open(control), frames.map { .frame($0) }))
            #expect(results.map(\.outcome) == [Wire.Outcome](repeating: .ok, count: 6))
            #expect(results.map(\.tracking) == [.ok, .held, .idle, .idle, .ok, .ok])
            let yaws = results.map { $0.pose?.values[19] ?? .nan }
            #expect(yaws[0] == 20 && yaws[1] == 20)
            // The way to idle begins where the head was; what nobody drives sways a little.
            #expect(yaws[2] == 20 && abs(yaws[3]) < 3)
            #expect(abs(yaws[4] - yaws[3]) < 0.01 && yaws[5] == 20)
        }
    }

    @Test func aMeasuredNeutralIsToldBeforeTheResultThatObeysIt() async throws {
        try await withServer { server in
            let kinds = try await outputs(
                server, open(Wire.Control(), relative: Wire.Relative()),
                [
                    .frame(frame(1, at: 0, yaw: 10)), .frame(frame(2, at: 33, yaw: 15)),
                    .change(Wire.AnimateChange(calibration: Wire.Calibration(overMs: 60))),
                    .frame(frame(3, at: 1000, yaw: 20)), .frame(frame(4, at: 1033, yaw: 22)),
                    .frame(frame(5, at: 1066, yaw: 24)), .frame(frame(6, at: 1500, yaw: 30)),
                ])
            let told = kinds.map { kind in
                switch kind {
                case .result(let result): "\(result.seq)"
                case .changed(let changed): changed.message.isEmpty ? "changed" : "refused"
                case .calibrated(let calibrated): "calibrated \(calibrated.frames)"
                case .opened, .draining: "other"
                }
            }
            #expect(told == ["calibrated 1", "1", "2", "changed", "3", "4", "calibrated 2", "5", "6"])
            let yaws = results(kinds).map { $0.pose?.values[19] ?? .nan }
            #expect(abs(yaws[0]) < 1e-4 && abs(yaws[1] - 5) < 1e-4)
            // The mean of the frames within 60 ms: 20 and 22 degrees.
            #expect(abs(yaws[5] - 9) < 1e-4)
            #expect(results(kinds).allSatisfy { $0.tracking == .unspecified })
        }
    }

    /// Whichever of two frames is done first: by sessions enough that it is now the one and now the other.
    @Test func aNeutralStandsBeforeItsResultWhicheverFrameIsDoneFirst() async throws {
        try await withServer { server in
            for _ in 0..<400 {
                let kinds = try await outputs(
                    server, open(Wire.Control(), relative: Wire.Relative()),
                    [.frame(frame(1, at: 0, yaw: 10)), .frame(frame(2, at: 33, yaw: 15))])
                guard case .calibrated? = kinds.first else {
                    Issue.record("expected the neutral first, got \(kinds)")
                    return
                }
            }
        }
    }

    @Test func aPoseIsClampedAfterControlAndNotBefore() async throws {
        try await withServer { server in
            var neutral = [Float](repeating: 0, count: 20)
            neutral[19] = 45
            let relative = Wire.Relative(neutral: Wire.Driver(kind: .pose(Wire.Pose(values: neutral))))
            let results = try await results(
                outputs(
                    server, open(Wire.Control(), relative: relative),
                    [.frame(frame(1, at: 0, yaw: 60)), .frame(frame(2, at: 33, yaw: 85))]))
            #expect(abs((results[0].pose?.values[19] ?? .nan) - 15) < 1e-4)
            #expect(results[0].clamped.isEmpty)
            #expect(results[1].pose?.values[19] == 30)
            #expect(results[1].clamped.map(\.channel) == ["yaw"])
            #expect(abs((results[1].clamped.first?.asked ?? .nan) - 40) < 1e-4)
        }
    }

    @Test func framesThatAreDroppedPassControlToo() async throws {
        let engine = FakeEngine(batchLimit: 1)
        try await withServer(engine: engine) { server in
            let client = try await server.client()
            let session = try await client.animate(open(Wire.Control(), relative: Wire.Relative(), policy: .latest))
            engine.close()
            async let received = {
                var results: [Wire.AnimateResult] = []
                for try await output in session.outputs {
                    if case .result(let result) = output.kind { results.append(result) }
                }
                return results
            }()
            try await session.send(frame(1, at: 0, yaw: 10))
            _ = await next(server.engine.begun)
            try await session.change(
                Wire.AnimateChange(calibration: Wire.Calibration()))
            // The second frame is the neutral, though the third makes it obsolete.
            try await session.send(frame(2, at: 33, yaw: 20))
            try await session.send(frame(3, at: 1000, yaw: 26))
            try await server.waitForFrames("dropped", 1)
            engine.open()
            try await session.finish()
            let results = try await received
            #expect(results.map(\.outcome) == [.ok, .dropped, .ok])
            #expect(abs((results[2].pose?.values[19] ?? .nan) - 6) < 1e-4)
            await client.close()
        }
    }

    @Test func whatCannotBeIsRefusedWhole() async throws {
        try await withServer { server in
            let kinds = try await outputs(
                server, open(Wire.Control()),
                [
                    .frame(frame(1, at: 0, yaw: 10)),
                    .change(
                        Wire.AnimateChange(
                            control: Wire.Control(
                                rotation: Wire.Group(strength: .gain(2.5)), mirror: true))),
                    .frame(frame(2, at: 500, yaw: 10)),
                    .change(Wire.AnimateChange(control: Wire.Control(rotation: Wire.Group(strength: .gain(0))))),
                    .frame(frame(3, at: 1000, yaw: 10)), .frame(frame(4, at: 1900, yaw: 10)),
                    .change(Wire.AnimateChange(calibration: Wire.Calibration())),
                ])
            let refusals = kinds.compactMap { kind -> String? in
                guard case .changed(let changed) = kind else { return nil }
                return changed.detail?.field ?? ""
            }
            #expect(refusals == ["control.rotation.gain", "", "change.calibration"])
            let yaws = results(kinds).map { $0.pose?.values[19] ?? .nan }
            #expect(yaws[1] == 10 && abs(yaws[3]) < 1e-4, "\(yaws)")
        }
    }

    @Test func modelsWithMotionOfTheirOwnHaveNoControl() async throws {
        let engine = FakeEngine { $0.isRelative = true }
        try await withServer(engine: engine) { server in
            let client = try await server.client()
            #expect(try await client.describe().models.first?.groups == [])
            let error = await #expect(throws: RPCError.self) { _ = try await client.animate(open(Wire.Control())) }
            #expect(error?.code == .failedPrecondition)
            await client.close()
        }
        try await withServer { server in
            let client = try await server.client()
            #expect(
                try await client.describe().models.first?.groups
                    == ["brows", "eyes", "mouth", "rotation", "translation"])
            await client.close()
        }
    }
}
