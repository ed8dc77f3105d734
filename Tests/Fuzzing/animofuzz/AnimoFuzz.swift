import AnimoFuzzing
import Foundation

/// One target under libFuzzer, in a build that has it:
///
///     swift build --product animofuzz --scratch-path .build/fuzz --sanitize fuzzer --sanitize address \
///         -Xswiftc -DFUZZING -c release
///     .build/fuzz/release/animofuzz frames -runs=10000000 Tests/Corpora/frames
///
/// In any other build it replays what is kept for the target and says so.
@main struct AnimoFuzz {
    static func main() throws {
        guard CommandLine.arguments.count > 1, let target = FuzzTarget(rawValue: CommandLine.arguments[1]) else {
            let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
            print("usage: animofuzz TARGET [libFuzzer's options]; targets: \(names)")
            exit(64)
        }
        #if FUZZING
            fuzzed = target
            var arguments = CommandLine.arguments.map { strdup($0) }
            arguments.remove(at: 1)
            var count = CInt(arguments.count)
            arguments.append(nil)
            arguments.withUnsafeMutableBufferPointer { buffer in
                var base = buffer.baseAddress
                exit(runDriver(&count, &base, fuzzOne))
            }
        #else
            let inputs = try Corpus.inputs(of: target)
            for input in inputs { target.run(input) }
            print("\(target.rawValue): \(inputs.count) kept inputs; built without libFuzzer")
        #endif
    }
}

#if FUZZING
    nonisolated(unsafe) private var fuzzed = FuzzTarget.frames

    @_silgen_name("LLVMFuzzerRunDriver")
    private func runDriver(
        _ count: UnsafeMutablePointer<CInt>,
        _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
        _ one: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
    ) -> CInt

    private func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        fuzzed.run(Array(UnsafeBufferPointer(start: start, count: count)))
        return 0
    }
#endif
