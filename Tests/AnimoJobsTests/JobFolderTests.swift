import AnimoTestSupport
import Foundation
import Testing

@testable import AnimoJobs

@Suite struct JobFolderTests {
    private var state: JobState {
        var item = JobState.Item(
            source: "初 音.png", driving: "it's.mp4", output: "o.mp4", sourceDigest: "aa", drivingDigest: "bb")
        (item.stage, item.frames, item.code, item.message) = (.failed, 12, 65, "a \"quoted\" reason")
        var state = JobState(
            command: ["--source", "初 音.png"], folder: "/x", model: "cc", daemon: "1", ffmpeg: "5.1", settings: "dd",
            threads: 2,
            items: [item, .init(source: "b", driving: "c", output: "d", sourceDigest: "", drivingDigest: "")])
        state.readings["ee"] = .init(frames: 7, missing: 2, damage: "cut")
        return state
    }

    @Test func stateComesBackAsItWas() throws {
        #expect(try JobState(parsing: Array(state.text.utf8)) == state)
    }

    /// Whatever is missing of `job.json` or damaged in it is an error, never a trap.
    @Test func damagedStateIsRefused() throws {
        let text = Array(state.text.utf8)
        for length in 0..<text.count - 1 {
            #expect(throws: JobError.self) { try JobState(parsing: Array(text.prefix(length))) }
        }
        for index in text.indices {
            var flipped = text
            flipped[index] ^= 0x15
            _ = try? JobState(parsing: flipped)
        }
        #expect(throws: JobError.self) { try JobState(parsing: Array("{\"animo_job\": 2}".utf8)) }
    }

    @Test func oneRunHasTheFolder() throws {
        let folder = try TemporaryFolder()
        let path = JobFolder.path(for: folder.path("o.mp4"), isFolder: false)
        #expect(path == folder.path("o.mp4") + ".animo-job")
        var first: JobFolder? = try JobFolder(path, makes: true)
        try first?.save(state)
        #expect(try JobFolder.state(of: path) == state)
        let error = #expect(throws: JobError.self) { try JobFolder(path, makes: true) }
        #expect(error?.code == .busy)
        first = nil
        let second = try JobFolder(path, makes: false)
        second.remove()
        #expect(!DurableFile.exists(path))
        #expect(JobFolder.path(for: "/a/out/", isFolder: true) == "/a/out/out.animo-job")
    }

    @Test func aJournalGoesOnAfterItsLastWholeLine() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("m.jsonl")
        do {
            let journal = try MotionJournal(path, header: "{\"h\": 1}")
            try journal.append("{\"t\": 0.0, \"pose\": [1]}")
            try journal.append("{\"t\": 0.1, \"pose\": null}")
        }
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        for cut in 0...whole.count {
            try whole.prefix(cut).write(to: URL(fileURLWithPath: path))
            let journal = try MotionJournal(path, header: "{\"h\": 1}")
            let lines = whole.prefix(cut).filter { $0 == 0x0A }.count
            #expect(journal.frames == max(0, lines - 1))
            #expect(journal.missing == max(0, lines - 2))
            if journal.frames < 1 { try journal.append("{\"t\": 0.0, \"pose\": [1]}") }
            if journal.frames < 2 { try journal.append("{\"t\": 0.1, \"pose\": null}") }
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
        }
        let other = try MotionJournal(path, header: "{\"h\": 2}")
        #expect(other.frames == 0)
    }

    @Test func foldersAndFilesHaveDigests() throws {
        let folder = try TemporaryFolder()
        try Data([1, 2]).write(to: folder.url.appendingPathComponent("1.png"))
        let one = try FileDigest.of(folder.url.path)
        try Data([1, 3]).write(to: folder.url.appendingPathComponent("1.png"))
        #expect(try FileDigest.of(folder.url.path) != one)
        #expect(
            try FileDigest.of(folder.path("1.png")).count == 64)
        #expect(throws: JobError.self) { try FileDigest.of(folder.path("absent")) }
        #expect(FileDigest.of(texts: ["a", "b"]) != FileDigest.of(texts: ["ab"]))
    }
}
