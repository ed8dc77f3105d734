import Foundation

/// A process of this machine that has not ended.
struct RunningProcess {
    let identifier: Int32
    let name: String
    let parent: Int32

    static var all: [RunningProcess] {
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap { Int32($0).flatMap(RunningProcess.init) }
    }

    /// `12 (name) S 1 …`: the name may hold blanks. A zombie has ended.
    private init?(_ identifier: Int32) {
        guard let text = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
            let first = text.firstIndex(of: "("), let last = text.lastIndex(of: ")"), first < last
        else { return nil }
        let fields = text[text.index(after: last)...].split(separator: " ")
        guard fields.count > 1, fields[0] != "Z", let parent = Int32(fields[1]) else { return nil }
        (self.identifier, self.parent) = (identifier, parent)
        name = String(text[text.index(after: first)..<last])
    }
}
