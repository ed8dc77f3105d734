import AnimoCheckpoint
import AnimoTestSupport
import Testing

@testable import AnimoModelFile
@testable import AnimoMotion

@Suite struct PoseMappingTests {
    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func mapsPosesAsTheReferenceDoes() throws {
        let golden = try Safetensors.read(path: try #require(Fixtures.url("pose-golden.safetensors")).path)
        let published = try #require(Fixtures.url("real/pose_coeffs.npy"))
        let basis = try PoseBasis.read(FileBytes(reading: published.path))
        let mapping = PoseMapping(basis: basis)
        let poses = try #require(golden.arrays["pose"]).floats()
        let motions = try #require(golden.arrays["motion"]).floats()
        for row in 0..<5 {
            let pose = try Pose(Array(poses[row * 20..<(row + 1) * 20]))
            let motion = try mapping.motion(from: pose)
            for (index, value) in motion.values.enumerated() {
                #expect(abs(value - motions[row * 70 + index]) < 1e-6)
            }
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func findsThePoseBehindAMotion() throws {
        let basis = try PoseBasis.read(FileBytes(reading: try #require(Fixtures.url("real/pose_coeffs.npy")).path))
        let mapping = PoseMapping(basis: basis)
        var sampler = PoseSampler(channels: mapping.channels, seed: 3)
        for _ in 0..<50 {
            let asked = sampler.next()
            let motion = try mapping.motion(from: asked, translation: [1, 2, 3])
            let (pose, expressed) = try mapping.pose(from: motion)
            let back = try mapping.motion(from: pose, translation: [1, 2, 3])
            for (a, b) in zip(back.values, motion.values) { #expect(abs(a - b) < 2e-3) }
            #expect(abs(pose.pitch - asked.pitch) < 1e-4 && abs(pose.roll - asked.roll) < 1e-4)
            #expect(abs(pose.yaw - asked.yaw) < 1e-4)
            #expect(expressed.overall > 0.999 && expressed.mouth > 0.99)
        }
    }

    @Test func restIsWhollyExpressed() throws {
        let mapping = PoseMapping(basis: [Float](repeating: 0.5, count: 17 * 64))
        let (pose, expressed) = try mapping.pose(from: Motion())
        #expect(pose == Pose())
        #expect(expressed == Expressed(overall: 1, brows: 1, eyes: 1, mouth: 1))
    }

    @Test func withoutABasisPosesAreRefusedInWords() {
        let mapping = PoseMapping(basis: nil)
        #expect(throws: PoseError.self) { try mapping.motion(from: Pose()) }
        #expect(throws: PoseError.self) { try mapping.pose(from: Motion()) }
    }

    @Test(arguments: [
        ("eye_closd_left", "eye_closed_left"), ("mouth_b", "mouth_a"), ("eye_close", "eye_closed"), ("ywa", "yaw"),
    ])
    func namesTheNearest(asked: String, expected: String) {
        let mapping = PoseMapping(basis: nil)
        #expect(mapping.nearestNames(to: asked).contains(expected))
        let error = #expect(throws: PoseError.self) { try mapping.targets(of: asked) }
        #expect(error?.message.contains(expected) == true)
    }

    @Test func sixNamesSetBothSides() throws {
        let mapping = PoseMapping(basis: nil)
        #expect(mapping.bothSided.count == 6)
        #expect(mapping.targets(named: "eye_closed") == [PoseTarget(6), PoseTarget(7)])
        #expect(mapping.targets(named: "yaw") == [PoseTarget(19)])
        #expect(mapping.targets(named: "nose") == nil)
        let pose = try mapping.pose(setting: [("eyebrow_raised", 0.5), ("mouth_o", 1)])
        #expect(pose[2] == 0.5 && pose[3] == 0.5 && pose[15] == 1)
    }

    @Test func clampsAndReports() throws {
        let mapping = PoseMapping(basis: nil)
        let pose = try mapping.pose(setting: [("mouth_a", 1.5), ("yaw", -45), ("pitch", 25)])
        let (used, clamped) = mapping.clamped(pose)
        #expect(used[12] == 1 && used.yaw == -30 && used.pitch == 25)
        #expect(
            clamped == [
                ClampedChannel(name: "mouth_a", asked: 1.5, used: 1),
                ClampedChannel(name: "yaw", asked: -45, used: -30),
            ])
        #expect(throws: PoseError.self) { try mapping.requireInRange(pose) }
    }
}
