import AnimoCLI
import AnimoFiles
import AnimoWire
import Foundation

/// Address of a daemon that was started by hand without being told: root's for everybody, another user's for that
/// user alone.
enum UsualAddress {
    /// The address, its folder made where it is missing.
    ///
    /// - Throws: `StartFailure` where there is none, or its folder cannot be made.
    static func prepared(
        isRoot: Bool = geteuid() == 0, environment: [String: String] = ProgramEnvironment.all
    ) throws -> Address {
        if isRoot { return try making(.standard, mode: 0o755) }
        guard let own = Address.own(environment: environment) else {
            throw StartFailure(
                .configuration,
                "nothing to listen on: XDG_RUNTIME_DIR names no folder of this user; name an address, such as --listen "
                    + "unix:/tmp/animod.sock")
        }
        return try making(own, mode: 0o700)
    }

    private static func making(_ address: Address, mode: mode_t) throws -> Address {
        guard case .unix(let path) = address else { return address }
        let folder = (path as NSString).deletingLastPathComponent
        guard folder.withPathBytes({ mkdir($0, mode) }) == 0 || errno == EEXIST else {
            throw StartFailure(
                .unavailable,
                "cannot listen on \(address): its folder cannot be made: "
                    + String(cString: strerror(errno)))
        }
        return address
    }
}
