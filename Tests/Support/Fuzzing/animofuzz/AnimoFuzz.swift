import AnimoFuzzing
import Foundation

// One target under libFuzzer, which has a main of its own, in a build that has it:
//
//     swift build --product animofuzz --scratch-path .build/fuzz --sanitize fuzzer --sanitize address \
//         -Xswiftc -sanitize=address,fuzzer -Xswiftc -DFUZZING -c release
//     .build/fuzz/release/animofuzz frames -runs=10000000 Tests/Support/Corpora/frames
//
// The Swift compiler heeds the last -sanitize alone: given one after the other, either the coverage that libFuzzer
// learns from or AddressSanitizer is missing. "cov:" in libFuzzer's first lines tells that it learns.
//
// In any other build it replays what is kept for the target and says so.

private func target(of arguments: [String]) -> FuzzTarget {
    if arguments.count > 1, let target = FuzzTarget(rawValue: arguments[1]) { return target }
    let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
    print("usage: animofuzz TARGET [libFuzzer's options]; targets: \(names)")
    exit(64)
}

#if FUZZING
    nonisolated(unsafe) private var fuzzed = FuzzTarget.frames

    /// Takes the target's name out of the arguments, before libFuzzer sees them.
    @_cdecl("LLVMFuzzerInitialize")
    public func initialize(
        _ count: UnsafeMutablePointer<CInt>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
    ) -> CInt {
        fuzzed = target(of: CommandLine.arguments)
        for index in 1..<Int(count.pointee) { arguments.pointee[index] = arguments.pointee[index + 1] }
        count.pointee -= 1
        return 0
    }

    @_cdecl("LLVMFuzzerTestOneInput")
    public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        fuzzed.run(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    }
#else
    @main struct AnimoFuzz {
        static func main() throws {
            let target = target(of: CommandLine.arguments)
            let inputs = try Corpus.inputs(of: target)
            for input in inputs { target.run(input) }
            print("\(target.rawValue): \(inputs.count) kept inputs; built without libFuzzer")
        }
    }
#endif
