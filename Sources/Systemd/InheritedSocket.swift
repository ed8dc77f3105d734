import CSystemd
import Glibc

/// A listening stream socket that the service manager opened and passed in.
package struct InheritedSocket: Sendable, Equatable {
    /// Closed when the process executes another program. Its owner is the caller.
    package let descriptor: Int32
    /// `FileDescriptorName=` of the socket unit; by default the unit's name.
    package let name: String
}

/// An error of the sockets that were passed in.
package enum InheritedSocketError: Error, Equatable, CustomStringConvertible {
    /// A descriptor that is no listening stream socket.
    case notListening(name: String)
    /// The environment that announces them cannot be read.
    case unreadable(errno: Int32)

    /// Text for a person.
    package var description: String {
        switch self {
        case .notListening(let name): "inherited descriptor '\(name)': expected a listening stream socket"
        case .unreadable(let errno): "LISTEN_FDS: \(String(cString: strerror(errno)))"
        }
    }
}

extension ServiceManager {
    /// The sockets that were passed to this process, in their units' order; none where it was not socket-activated.
    ///
    /// The environment is left as it is: it names this process, so that a child does not take it for its own.
    package static func inheritedSockets() throws(InheritedSocketError) -> [InheritedSocket] {
        var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = sd_listen_fds_with_names(0, &list)
        guard count >= 0 else { throw .unreadable(errno: -count) }
        let names = takeStrings(list)

        var sockets: [InheritedSocket] = []
        for (descriptor, name) in zip(firstInheritedDescriptor..<(firstInheritedDescriptor + count), names) {
            let anyFamily: Int32 = 0
            let isListening = sd_is_socket(descriptor, anyFamily, Int32(SOCK_STREAM.rawValue), 1)
            guard isListening > 0 else { throw .notListening(name: name) }
            sockets.append(InheritedSocket(descriptor: descriptor, name: name))
        }
        return sockets
    }

    /// SD_LISTEN_FDS_START
    private static let firstInheritedDescriptor: Int32 = 3

    /// The strings of a null-terminated list, which is freed.
    private static func takeStrings(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?) -> [String] {
        guard let list else { return [] }
        defer { free(list) }
        var strings: [String] = []
        for index in 0... {
            guard let string = list[index] else { break }
            strings.append(String(cString: string))
            free(string)
        }
        return strings
    }
}
