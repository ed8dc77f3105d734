import AnimoCheckpoint
import AnimoDrivers
import AnimoErrors
import AnimoJSON
import AnimoModelFile
import AnimoMotion
import Testing

@Suite struct CodedErrorTests {
    private enum Kind: Sendable { case first, second }

    @Test func readsAsItsMessage() {
        #expect("\(CodedError(Kind.first, "width: expected 4, got 3"))" == "width: expected 4, got 3")
    }

    @Test func comparesWhatItSaysAndNotItsCause() {
        let error = CodedError(Kind.first, "too large", limit: 4, actual: 5)
        #expect(error == CodedError(.first, "too large", limit: 4, actual: 5, cause: CodedError(Kind.second, "")))
        #expect(error != CodedError(.second, "too large", limit: 4, actual: 5))
        #expect(error != CodedError(.first, "too small", limit: 4, actual: 5))
        #expect(error != CodedError(.first, "too large", limit: 3, actual: 5))
        #expect(error != CodedError(.first, "too large", limit: 4))
    }

    /// A safetensors file whose header is not JSON.
    private static let damaged = [1, 0, 0, 0, 0, 0, 0, 0] + Array("{".utf8)

    @Test func keepsTheJSONErrorUnderAFileOfArrays() {
        let error = #expect(throws: CheckpointError.self) { try Safetensors.read(bytes: Self.damaged) }
        #expect(error?.code == .truncated)
        #expect((error?.cause as? JSONError)?.code == .truncated)
        #expect((error?.cause as? JSONError)?.message == error?.message)
    }

    @Test func keepsTheWholeChainUnderAModelFile() {
        let error = #expect(throws: ModelFileError.self) { try ModelFile(bytes: Self.damaged) }
        #expect(error?.code == .damaged)
        let below = error?.cause as? CheckpointError
        #expect(below?.code == .truncated)
        #expect((below?.cause as? JSONError)?.code == .truncated)
    }

    @Test func keepsTheJSONErrorUnderNumbers() {
        let readers: [(String, ([UInt8]) throws -> Void)] = [
            ("number file", { _ = try NumberFile.rows($0) }),
            ("driver file", { _ = try DriverFile.numbers($0) }),
            ("mapping table", { _ = try MappingTable(parsing: $0) }),
        ]
        for (name, read) in readers {
            let error = #expect(throws: PoseError.self, "\(name)") { try read(Array("[1,".utf8)) }
            #expect(error?.code == .malformed)
            #expect((error?.cause as? JSONError)?.code == .truncated, "\(name)")
        }
    }

    @Test func keepsTheCheckpointErrorUnderNumbers() {
        let error = #expect(throws: PoseError.self) { try NumberFile.rows([0x93] + Array("NUMPY".utf8)) }
        #expect(error?.cause is CheckpointError)
    }

    @Test func keepsTheJSONErrorUnderALineOfATracker() {
        let error = #expect(throws: DatagramError.self) { try ARKitLine.frame(Array("[1,".utf8)[...]) }
        #expect((error?.cause as? JSONError)?.code == .truncated)
    }

    @Test func keepsTheJSONErrorUnderACatalogue() {
        let error = #expect(throws: ModelFileError.self) { try Catalogue(parsing: Array("[1,".utf8)) }
        #expect((error?.cause as? JSONError)?.code == .truncated)
    }
}
