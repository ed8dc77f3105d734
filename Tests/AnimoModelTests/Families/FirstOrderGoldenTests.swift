import AnimoModelTestSupport
import AnimoCompute
import AnimoTestSupport
import Testing

@testable import AnimoModel
@testable import AnimoModelFile
@testable import AnimoMotion

@Suite struct FirstOrderGoldenTests {
    static let pool = PIRendererGoldenTests.pool

    static func networks(aligned: Bool = false, method: ConvolutionMethod? = nil) throws -> FirstOrderNetworks {
        let file = try FamilyCheckpoint.converted(
            "fomm-small.pth.tar", .init(nativeSize: 128, alignsCorners: aligned))
        return try FirstOrderNetworks(file, method: method, pool: pool)
    }

    static func context() -> ComputeContext { ComputeContext(pool: pool, workspace: Workspace()) }

    static func points(_ golden: Golden, _ set: String, _ which: String, _ index: Int) throws -> KeyPoints {
        let values = try golden.item("\(set).kp.\(which).value", index)
        let jacobians = try golden.item("\(set).kp.\(which).jacobian", index)
        var all: [Float] = []
        for point in 0..<values.count / 2 {
            all += values[(2 * point)..<(2 * point + 2)]
            all += jacobians[(4 * point)..<(4 * point + 4)]
        }
        return try KeyPoints(all)
    }

    static func expectSame(
        _ what: String, _ got: KeyPoints, _ expected: KeyPoints, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        func split(_ points: KeyPoints) -> (values: [Float], jacobians: [Float]) {
            let each = points.values.enumerated()
            return (each.filter { $0.offset % 6 < 2 }.map(\.element), each.filter { $0.offset % 6 >= 2 }.map(\.element))
        }
        expect(
            "\(what) values", split(got).values, split(expected).values, within: 1e-5, sourceLocation: sourceLocation)
        expect(
            "\(what) Jacobians", split(got).jacobians, split(expected).jacobians, within: 1e-4,
            sourceLocation: sourceLocation)
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: [("s128", 1), ("wide", 2)])
    func keyPointsAgree(set: String, count: Int) throws {
        let (golden, networks) = (try Golden("fomm-golden.safetensors"), try Self.networks())
        for index in 0..<count {
            var found: [String: KeyPoints] = [:]
            for which in ["source", "driving", "initial"] {
                let context = Self.context()
                let picture = try golden.picture("\(set).\(which)", index)
                let tensor = context.tensor([picture.pixels], height: picture.height, width: picture.width)
                let points = try KeyPoints(networks.detector.keyPoints(context, tensor)[0])
                Self.expectSame("\(set) \(which)", points, try Self.points(golden, set, which, index))
                found[which] = points
            }
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"), arguments: [("s128", 1), ("wide", 2)])
    func relativeMotionAgrees(set: String, count: Int) throws {
        let golden = try Golden("fomm-golden.safetensors")
        let areas = try golden.floats("\(set).hull_area")
        for index in 0..<count {
            let (source, driving, initial) = (
                try Self.points(golden, set, "source", index), try Self.points(golden, set, "driving", index),
                try Self.points(golden, set, "initial", index)
            )
            // The original takes the first item's areas for a whole batch.
            if index == 0 {
                #expect(abs(Float(source.hullArea) - areas[0]) < 1e-5)
                #expect(abs(Float(initial.hullArea) - areas[1]) < 1e-5)
                Self.expectSame(
                    "\(set) relative",
                    try .relative(driving, since: initial, of: source, adaptsScale: true),
                    try Self.points(golden, set, "relative", index))
            }
            Self.expectSame(
                "\(set) relative unscaled",
                try .relative(driving, since: initial, of: source, adaptsScale: false),
                try Self.points(golden, set, "relative_unscaled", index))
        }
    }

    @Test(
        .enabled(if: Fixtures.available, "needs ../shared"),
        arguments: ["s128", "wide"], ["output", "output_absolute", "output_align_corners"])
    func picturesAgree(set: String, name: String) throws {
        let output = (name: name, points: name == "output_absolute" ? "driving" : "relative")
        let golden = try Golden("fomm-golden.safetensors")
        let networks = try Self.networks(aligned: output.name.hasSuffix("corners"))
        for index in 0..<(try golden.array("\(set).source").shape[0]) {
            let context = Self.context()
            let picture = try golden.picture("\(set).source", index)
            let source = try networks.prepare(context, flow: picture, editing: picture)
            let driving = try Self.points(golden, set, output.points, index)
            let stages = networks.stages(context, source, driving)
            expect(
                "\(set) \(output.name)", stages.output, try golden.channelsLast("\(set).\(output.name)", index),
                within: 2e-4)
            guard output.name == "output", set == "s128" else { continue }
            expect("features", stages.features, try golden.channelsLast("s128.features"), within: 1e-4)
            expect("mask", stages.mask, try golden.channelsLast("s128.mask"), within: 1e-4)
            expect("occlusion", stages.occlusion, try golden.channelsLast("s128.occlusion"), within: 1e-4)
            expect("deformation", stages.deformation, try golden.item("s128.deformation"), within: 1e-4)
        }
    }

    @Test(.enabled(if: Fixtures.available, "needs ../shared"))
    func theKernelsAgreeWithThePlainLoops() throws {
        let (fast, plain) = (try Self.networks(), try Self.networks(method: .reference))
        var random = SplitMix64(state: 12)
        func picture() -> FloatImage {
            FloatImage(pixels: (0..<(128 * 128 * 3)).map { _ in random.unit() }, width: 128, height: 128)
        }
        let (source, driver) = (picture(), picture())
        func render(_ networks: FirstOrderNetworks) throws -> FirstOrderStages {
            let context = Self.context()
            let tensor = context.tensor([driver.pixels], height: 128, width: 128)
            let points = try KeyPoints(networks.detector.keyPoints(context, tensor)[0])
            return networks.stages(
                context, try networks.prepare(context, flow: source, editing: source), points)
        }
        let (a, b) = (try render(fast), try render(plain))
        expect("features", a.features, b.features, within: 1e-4)
        expect("deformation", a.deformation, b.deformation, within: 1e-4)
        expect("output", a.output, b.output, within: 2e-4)
    }

    @Test func keyPointsThatAreNoneAreRefused() {
        #expect(throws: PoseError.self) { try KeyPoints([Float](repeating: 0, count: 59)) }
        #expect(throws: PoseError.self) { try KeyPoints([Float](repeating: .nan, count: 60)) }
        let still = [Float](repeating: 0, count: 60)
        #expect(throws: PoseError.self) {
            let points = try KeyPoints(still)
            return try KeyPoints.relative(points, since: points, of: points, adaptsScale: true)
        }
    }

    static let hulls: [(places: [SIMD2<Float>], area: Double)] = [
        ([[0, 0], [1, 0], [1, 1], [0, 1], [0.5, 0.5]], 1), ([[0, 0], [2, 0], [1, 0]], 0),
        ([[0, 0], [0, 0], [0, 0]], 0), ([[-1, -1], [3, -1], [-1, 2]], 6),
    ]

    @Test(arguments: hulls.indices) func hullsHaveTheirAreas(index: Int) throws {
        let hull = Self.hulls[index]
        let points = try KeyPoints(hull.places.flatMap { [$0.x, $0.y, 1, 0, 0, 1] })
        #expect(abs(points.hullArea - hull.area) < 1e-12)
    }
}
