import AnimoTestSupport
import Foundation
import Testing

/// Runs the tests of the recipe that made the built-in model (`Tests/Reference`) where PyTorch is at hand.
@Suite struct RecipeTests {
    /// The interpreter named by `ANIMO_PYTHON`, else `python3`.
    private static var python: URL? {
        ProcessInfo.processInfo.environment["ANIMO_PYTHON"].map { URL(fileURLWithPath: $0) } ?? Command.find("python3")
    }

    private static func hasPyTorch() async -> Bool {
        guard let python else { return false }
        let result = try? await Command.run(python, ["-c", "import torch, safetensors, numpy, PIL"])
        return result?.status == 0
    }

    @Test(.enabled("needs python3 with torch, safetensors, numpy and pillow") { await RecipeTests.hasPyTorch() })
    func keepsItsPromises() async throws {
        let folder = Fixtures.package.appendingPathComponent("Tests/Reference").path
        let result = try await Command.run(
            #require(Self.python), ["-B", "-m", "unittest", "discover", "-s", folder])
        #expect(result.status == 0, "\(result.errors.suffix(2000))")
    }
}
