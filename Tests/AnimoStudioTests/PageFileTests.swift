import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoStudio

@Suite struct PageFileTests {
    private static let folder = Fixtures.package.appendingPathComponent("Sources/CStudioPage/page")

    /// The build does not see that the C file reads the page: a file that was changed and not embedded anew fails here.
    @Test func theBinaryHoldsThePageAsItIs() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        var total = 0
        for name in names {
            let path = name == "index.html" ? "/" : name == "overlay.html" ? "/overlay" : "/\(name)"
            let embedded = try #require(PageFile(path: path), "\(name): run Sources/CStudioPage/embed.sh, and list it")
            #expect(
                try Data(contentsOf: Self.folder.appendingPathComponent(name)) == Data(embedded.bytes),
                "\(name): run Sources/CStudioPage/embed.sh")
            total += embedded.bytes.count
        }
        #expect(total < 300_000)
    }

    @Test(arguments: ["/../secret", "/nothing.html", "/samples/../x.png", "/index", "", "/samples/none.png"])
    func whatIsNotThereIsNil(path: String) { #expect(PageFile(path: path) == nil) }

    @Test func samplesAreServed() {
        #expect(PageFile(path: "/samples/anime-1.png")?.contentType == "image/png")
    }

    /// The page's policy lets it load from itself only; nothing in it may ask elsewhere.
    @Test func thePageNamesNoOtherHost() throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path) where name != "icon.svg" {
            let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
            #expect(!text.contains("http://") && !text.contains("https://"), "\(name)")
        }
    }
}
