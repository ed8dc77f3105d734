import Glibc
import Testing

@testable import Systemd

@Suite struct JournalTests {
    @Test func knowsItsStreamByDeviceAndInode() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        defer { ends.forEach { close($0) } }
        var status = stat()
        try #require(fstat(ends[1], &status) == 0)

        #expect(Journal.isStream(ends[1], announced: "\(status.st_dev):\(status.st_ino)"))
        #expect(!Journal.isStream(ends[1], announced: "\(status.st_dev):\(status.st_ino + 1)"), "redirected since")
        #expect(!Journal.isStream(ends[1], announced: "8:"))
        #expect(!Journal.isStream(ends[1], announced: nil), "not started by systemd")
        #expect(!Journal.isStream(-1, announced: "8:1"))
    }

    @Test(arguments: [
        ("MESSAGE", true), ("ANIMO_PEER", true), ("X1", true), ("_PID", false), ("1X", false), ("", false),
        ("message", false), ("A=B", false), ("A\nB", false),
        (String(repeating: "A", count: 65), false),
    ])
    func letsOnlyTheJournalsNamesThrough(name: String, good: Bool) {
        #expect(Journal.isName(name) == good)
    }

    @Test func takesAnyValue() {
        // Where no journal runs, libsystemd takes and drops the entry.
        #expect(
            Journal.send([("MESSAGE", "two\nlines"), ("PRIORITY", "7"), ("ANIMO_EMPTY", ""), ("bad name", "left out")]))
    }
}
