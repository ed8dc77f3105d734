import AnimoMotion
import AnimoFuzzing
import AnimoTestSupport
import Foundation
import Testing

/// Every reader of untrusted bytes, over the corpora and over seeded mutations of it. libFuzzer goes on from the same
/// corpora; see `animofuzz`. `ANIMO_RELEASE=1` in the environment: ten million inputs of each.
struct FuzzTargetTests {
    private static let isRelease = ProcessInfo.processInfo.environment["ANIMO_RELEASE"] != nil

    @Test(arguments: FuzzTarget.allCases) func whatIsKeptIsReadOrRefused(target: FuzzTarget) throws {
        let inputs = try Corpus.inputs(of: target)
        #expect(!inputs.isEmpty)
        #expect(inputs.allSatisfy { $0.count <= 16_384 })
        for input in inputs { target.run(input) }
    }

    @Test(arguments: FuzzTarget.allCases, 0..<4 as Range<UInt64>)
    func anyBytesAreReadOrRefused(target: FuzzTarget, seed: UInt64) throws {
        let mutator = Mutator(corpus: try Corpus.inputs(of: target))
        var random = SplitMix64(state: seed)
        for _ in 0..<(Self.isRelease ? 2_500_000 : 1000) { target.run(mutator.next(using: &random)) }
    }

    @Test func theSameSeedMakesTheSameBytes() throws {
        let mutator = Mutator(corpus: [[1, 2, 3, 4, 5, 6, 7, 8], [9]])
        var (one, other) = (SplitMix64(state: 3), SplitMix64(state: 3))
        for _ in 0..<100 { #expect(mutator.next(using: &one) == mutator.next(using: &other)) }
    }
}
