import AnimoTestSupport
import Foundation
import Testing

/// Options that cannot be measured are rejected before anything runs, and the programs say which version they are.
struct AnimobenchArgumentsTests {
    @Test(arguments: [
        ["frame", "--threads", "0"], ["frame", "--lanes", "5"], ["frame", "--size", "100"], ["frame", "--size", "0"],
        ["frame", "--family", "fomm", "--size", "96"], ["frame", "--frames", "0"], ["frame", "--batch", "0"],
        ["frame", "--streams", "0"], ["layers", "--frames", "0"], ["layers", "--threads", "1000000"],
        ["serve", "--size", "100"], ["serve", "--memory", "3"], ["serve", "--threads", "0"],
        ["serve", "--frames", "1"],
    ])
    func refusesInWords(arguments: [String]) async throws {
        let result = try await Command.run(Binaries.animobench, arguments)
        #expect(result.status == 64 && result.text.isEmpty, "\(result.errors)")
        let option = try #require(arguments.last { $0.hasPrefix("--") })
        #expect(result.errors.contains("\(option): expected "))
        #expect(result.errors.contains("got \(arguments.last ?? "")"), "\(result.errors)")
    }

    @Test func allProgramsAreOfOneVersion() async throws {
        let daemon = try await Command.run(Binaries.animod, ["--version"])
        #expect(daemon.status == 0 && !daemon.text.isEmpty)
        for program in [Binaries.animoctl, Binaries.animobench] {
            let result = try await Command.run(program, ["--version"])
            #expect(result.status == 0 && result.text == daemon.text, "\(program.lastPathComponent): \(result.text)")
        }
    }
}
