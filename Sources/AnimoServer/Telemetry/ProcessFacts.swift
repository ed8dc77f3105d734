import Foundation

/// The process as the kernel counts it; 0 where the kernel does not tell.
final class ProcessFacts: Sendable {
    /// `/proc/self/stat`, open from the start so that it can be read when no descriptors are left.
    private let stat: Int32
    /// Seconds since the epoch.
    let startTime: Double

    init() {
        stat = open("/proc/self/stat", O_RDONLY | O_CLOEXEC)
        func now(_ clock: clockid_t) -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        // Told in ticks since the boot. Reckoned once: the clocks drift apart, and a start does not move.
        let ticks = Self.number(22, in: stat)
        let boot = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME)
        startTime = ticks > 0 ? boot + Double(ticks) / Double(max(1, sysconf(Int32(_SC_CLK_TCK)))) : 0
    }

    deinit { close(stat) }

    var residentBytes: UInt64 {
        UInt64(max(0, Self.number(24, in: stat) * sysconf(Int32(_SC_PAGESIZE))))
    }

    var threads: Int { Self.number(20, in: stat) }

    /// Open ones.
    var descriptors: Int {
        guard let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") else {
            // The listing needs one itself.
            return errno == EMFILE ? descriptorLimit : 0
        }
        // The one for the listing among them.
        return open.count - 1
    }

    var descriptorLimit: Int { DescriptorLimit.current }

    var processorSeconds: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    /// A field of `proc_pid_stat(5)`, by its number there.
    private static func number(_ field: Int, in stat: Int32) -> Int {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = pread(stat, &bytes, bytes.count, 0)
        // Behind the program's name, which may hold anything, the fields begin with the third.
        guard count > 0, let name = bytes.lastIndex(of: UInt8(ascii: ")")) else { return 0 }
        let fields = bytes[(name + 1)..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > field - 3 else { return 0 }
        return Int(String(decoding: fields[field - 3], as: UTF8.self)) ?? 0
    }
}
