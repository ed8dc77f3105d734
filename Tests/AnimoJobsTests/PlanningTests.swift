import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoJobs

@Suite struct PlanningTests {
    @Test(arguments: [
        ("29.97", "30000/1001"), ("23.976", "24000/1001"), ("59.94", "60000/1001"), ("12.5", "25/2"), ("30", "30/1"),
        ("50/2", "25/1"), ("30000/1001", "30000/1001"),
    ])
    func ratesAreExactFractions(text: String, rate: String) {
        #expect(FrameRate(parsing: text)?.description == rate)
    }

    @Test(arguments: ["0", "-1", "0/0", "1/0", "nan", "inf", "1e300", "", "a", "1/2/3", "99999999999999999999/1"])
    func whatIsNoRateIsNone(text: String) { #expect(FrameRate(parsing: text) == nil) }

    /// Frames at variable times that come a little faster than a standard rate have that rate.
    @Test(arguments: [("2512/100", "25/1"), ("2513/100", "30000/1001"), ("3015/100", "30/1"), ("3016/100", "48/1")])
    func variableRatesMayBeALittleFaster(average: String, rate: String) throws {
        let chosen = try #require(FrameRate.choose(real: "1000/1", average: average))
        #expect(chosen.isVariable && chosen.rate.description == rate)
    }

    @Test func anHourOf2997HasItsFrames() throws {
        let rate = try #require(FrameRate(30000, 1001))
        #expect(rate.frames(in: 3600) == 107_892)
        #expect(rate.time(of: 107_892) > 3599.99 && rate.time(of: 107_892) < 3600.01)
    }

    /// Numbers with the largest values that are read neither trap nor go astray.
    @Test func theLargestNumbersAreCompared() {
        let most = String(Int32.max)
        #expect(FrameRate.choose(real: "\(most)/1", average: "\(most)/1")?.isVariable == false)
        #expect(FrameRate.choose(real: "1/\(most)", average: "\(most)/1")?.rate.description == "60/1")
    }

    @Test(arguments: [
        ("a.png,b.mp4\n", ["a.png|b.mp4|"]), ("source,driving,output\r\na,b,c\r\n", ["a|b|c"]),
        ("\u{FEFF}Source,Driving\na,b", ["a|b|"]),
        ("\"a, \"\"b\"\".png\",\"d\ne\"\n\nc,d,\n", ["a, \"b\".png|d\ne|", "c|d|"]),
        ("初音.png,it's 100%.mp4,-x.mp4", ["初音.png|it's 100%.mp4|-x.mp4"]),
    ])
    func pairsAreRead(text: String, pairs: [String]) throws {
        let read = try PairList.read(Array(text.utf8))
        #expect(read.map { "\($0.source)|\($0.driving)|\($0.given ?? "")" } == pairs)
    }

    @Test(arguments: [
        ("", "got none"), ("a\n", "line 1: expected source,driving"), ("a,b\nc,d,e,f", "line 2"), ("a,\n", "line 1"),
        ("a,b,../c", "without folders"), ("a,b,c\nd,e,C", "got it again"), ("\"a,b", "closing quote"),
        ("\"a\"x,b", "comma after the closing quote"), ("a\"b,c", "quote within a field"),
    ])
    func badPairsAreNamed(text: String, words: String) {
        let error = #expect(throws: JobError.self) { try PairList.read(Array(text.utf8)) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func pairsAreUTF8() {
        #expect(throws: JobError.self) { try PairList.read([0x61, 0x2C, 0xFF]) }
    }

    @Test func numbersInNamesCountAsNumbers() {
        let names = ["a10.png", "a9.png", "A1.png", "b.png", "a01.png", "a1b2.png", "a1b10.png", "2.png", "10.png"]
        #expect(
            names.sorted(by: FolderListing.precedes) == [
                "2.png", "10.png", "A1.png", "a01.png", "a1b2.png", "a1b10.png", "a9.png", "a10.png", "b.png",
            ])
    }

    @Test func aFolderTellsWhatItSkips() throws {
        let folder = try TemporaryFolder()
        for name in ["b.PNG", "a.mp4", ".hidden.png", "notes.txt", "m.jsonl"] {
            try Data([1]).write(to: folder.url.appendingPathComponent(name))
        }
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("deep.png"), withIntermediateDirectories: false)
        let listing = try FolderListing(folder.url.path)
        #expect(listing.names(.picture) == ["b.PNG"])
        #expect(listing.names(.video) == ["a.mp4"])
        #expect(listing.names(.motion) == ["m.jsonl"])
        #expect(listing.skipped == ["notes.txt"])
        #expect(throws: JobError.self) { try FolderListing(folder.path("absent")) }
    }

    @Test(arguments: [(0, 0), (1, 1), (250, 1), (251, 2), (500, 2), (20_000, 80)])
    func segmentsCoverEveryFrameOnce(frames: Int, count: Int) {
        let segments = Segments(frames: frames)
        #expect(segments.count == count)
        #expect((0..<count).flatMap { Array(segments.frames(of: $0)) } == Array(0..<frames))
        if frames > 0 { #expect(segments.segment(of: frames - 1) == count - 1) }
    }
}
