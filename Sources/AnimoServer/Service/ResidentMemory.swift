import Foundation

/// The process's memory as the kernel counts it.
enum ResidentMemory {
    /// 0 where the kernel does not tell.
    static var bytes: UInt64 {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let pages = text.split(separator: " ").dropFirst().first.flatMap { UInt64($0) } ?? 0
        return pages * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    }
}
