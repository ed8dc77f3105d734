import Glibc
import Testing

@testable import Systemd

/// Sockets passed in by hand, in a process of their own: descriptors and environment belong to the whole process.
@Suite struct InheritedSocketTests {
    @Test func takesListeningSocketsByName() async {
        await #expect(processExitsWith: .success) {
            let sockets = try withInherited([listening(AF_UNIX), listening(AF_INET)], names: "serve:tcp") {
                try ServiceManager.inheritedSockets()
            }
            #expect(
                sockets == [InheritedSocket(descriptor: 3, name: "serve"), InheritedSocket(descriptor: 4, name: "tcp")])
        }
    }

    @Test func keepsThemFromOtherPrograms() async {
        await #expect(processExitsWith: .success) {
            let flags = try withInherited([listening(AF_UNIX)], names: "serve") {
                try ServiceManager.inheritedSockets().map { fcntl($0.descriptor, F_GETFD) }
            }
            #expect(flags == [FD_CLOEXEC])
        }
    }

    @Test func findsNoneWhereNoneWerePassed() async {
        await #expect(processExitsWith: .success) {
            unsetenv("LISTEN_FDS")
            let sockets = try ServiceManager.inheritedSockets()
            #expect(sockets.isEmpty)
        }
    }

    @Test func leavesAnotherProcessesSocketsAlone() async {
        await #expect(processExitsWith: .success) {
            setenv("LISTEN_FDS", "1", 1)
            setenv("LISTEN_PID", "1", 1)
            let sockets = try ServiceManager.inheritedSockets()
            #expect(sockets.isEmpty)
        }
    }

    @Test func refusesWhatDoesNotListen() async {
        await #expect(processExitsWith: .success) {
            for other in [open("/dev/null", O_RDONLY), unconnected(SOCK_STREAM), unconnected(SOCK_DGRAM)] {
                let error = withInherited([other], names: "serve") {
                    #expect(throws: InheritedSocketError.self) { try ServiceManager.inheritedSockets() }
                }
                #expect(error == .notListening(name: "serve"))
            }
        }
    }

    @Test func refusesAnAnnouncementThatIsNoNumber() async {
        await #expect(processExitsWith: .success) {
            setenv("LISTEN_FDS", "many", 1)
            setenv("LISTEN_PID", "\(getpid())", 1)
            #expect(throws: InheritedSocketError.unreadable(errno: EINVAL)) { try ServiceManager.inheritedSockets() }
        }
    }
}

private func unconnected(_ kind: __socket_type) -> Int32 { socket(AF_UNIX, Int32(kind.rawValue), 0) }

/// A listening stream socket: an unnamed Unix one, or TCP on a free port.
private func listening(_ family: Int32) -> Int32 {
    let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
    if family == AF_UNIX {
        var automatic = sockaddr(sa_family: sa_family_t(AF_UNIX), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
        bind(descriptor, &automatic, socklen_t(MemoryLayout<sa_family_t>.size))
    }
    listen(descriptor, 1)
    return descriptor
}

/// Puts `descriptors` at 3, 4, …, announces them to this process, and puts back what was there before.
private func withInherited<Value>(_ descriptors: [Int32], names: String, _ body: () throws -> Value) rethrows -> Value {
    let places = Array(Int32(3)..<Int32(3 + descriptors.count))
    let passed = descriptors.map { fcntl($0, F_DUPFD, 100) }
    let before = places.map { fcntl($0, F_DUPFD_CLOEXEC, 100) }
    for (place, descriptor) in zip(places, passed) { dup2(descriptor, place) }
    setenv("LISTEN_PID", "\(getpid())", 1)
    setenv("LISTEN_FDS", "\(descriptors.count)", 1)
    setenv("LISTEN_FDNAMES", names, 1)
    defer {
        for (place, descriptor) in zip(places, before) {
            if descriptor >= 0 { dup2(descriptor, place) } else { close(place) }
        }
    }
    return try body()
}
