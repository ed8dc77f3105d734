import AnimoTestSupport
import Crypto
import Foundation
import Testing

@testable import AnimoDemo

/// The binary holds the files of `Sources/CAnimoDemo/model`, and the C file's digests say so.
@Suite struct DemoModelTests {
    private let folder = Fixtures.package.appendingPathComponent("Sources/CAnimoDemo/model")

    @Test func embedsTheModelAndItsGolden() throws {
        #expect(try Data(DemoModel.model) == stored("demo.safetensors"))
        #expect(try Data(DemoModel.golden) == stored("demo-golden.safetensors"))
    }

    @Test func startsAtAMultipleOf64() {
        for file in [DemoModel.model, DemoModel.golden] {
            #expect(UInt(bitPattern: file.baseAddress) % 64 == 0)
        }
    }

    @Test func embedsEverySample() throws {
        let samples = folder.appendingPathComponent("samples").path
        #expect(try Set(DemoSamples.names) == Set(FileManager.default.contentsOfDirectory(atPath: samples)))
        for name in DemoSamples.names {
            #expect(try Data(DemoSamples.file(name)) == stored("samples/" + name), "\(name)")
        }
    }

    @Test func namesItsDigestsInTheFileThatEmbedsIt() throws {
        let source = try String(
            contentsOf: Fixtures.package.appendingPathComponent("Sources/CAnimoDemo/demo.c"), encoding: .utf8)
        let samples = try DemoSamples.names.sorted().flatMap { try DemoSamples.file($0) }
        #expect(DemoModel.digest == hex(SHA256.hash(data: DemoModel.model)))
        for line in [
            "demo.safetensors: \(DemoModel.digest)",
            "demo-golden.safetensors: \(hex(SHA256.hash(data: DemoModel.golden)))",
            "samples, one after the other by name: \(hex(SHA256.hash(data: samples)))",
        ] {
            #expect(source.contains("// SHA-256 of \(line)\n"))
        }
    }

    private func stored(_ path: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(path)) }

    private func hex(_ digest: SHA256Digest) -> String {
        digest.map { String(format: "%02x", $0) }.joined()
    }
}
