import AnimoFiles
import AnimoWire
import NIOCore
import Testing

@Suite struct AddressTests {
    @Test(arguments: [
        ("unix:/run/animod/animod.sock", Address.unix("/run/animod/animod.sock")),
        ("unix:a:b", .unix("a:b")),
        ("tcp:localhost:7000", .tcp(host: "localhost", port: 7000)),
        ("tcp:127.0.0.1:0", .tcp(host: "127.0.0.1", port: 0)),
        ("tcp:[::1]:65535", .tcp(host: "::1", port: 65535)),
    ])
    func isReadAndWritten(text: String, address: Address) throws {
        #expect(try Address(parsing: text) == address)
        #expect(address.description == text)
    }

    @Test func slashesOfURLsAreRead() throws {
        #expect(try Address(parsing: "unix:///run/x.sock") == .unix("/run/x.sock"))
        #expect(try Address(parsing: "unix:./@name") == .unix("./@name"))
    }

    @Test(arguments: [
        ("/run/x.sock", "for a socket's path write unix:/run/x.sock"),
        ("localhost:7000", "for TCP write tcp:localhost:7000"),
        ("http://localhost:7000", "write tcp:localhost:7000"), ("tcp://127.0.0.1:7000", "write tcp:127.0.0.1:7000"),
        ("unix:@name", "the abstract name '@name'"), ("unix://run/x.sock", "write unix:run/x.sock"),
        ("unix:/" + String(repeating: "x", count: 200), "at most 107 bytes, got 201"),
        ("tcp:::1:7000", "write tcp:[::1]:7000, or tcp:[::1:7000]:PORT"), ("tcp:fe80::1", "tcp:[fe80::1]:PORT"),
        ("tcp:[::1]", "got no port"), ("tcp:[::1:80", "expected tcp:[IPV6]:PORT"),
        ("tcp:host:99999", "expected a port from 0 to 65535, got '99999'"), ("tcp:host:", "got none"),
        ("tcp:host:http", "got 'http'"), ("tcp::80", "for this machine write tcp:127.0.0.1:80"),
    ])
    func whatWasMeantIsSaid(text: String, words: String) {
        let error = #expect(throws: AddressError.self) { try Address(parsing: text) }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    /// The path's own bytes are counted and given to the system; people read them as bytes.
    @Test func pathsThatAreNoTextAreKept() throws {
        let path = String(pathBytes: [0x2F, 0xFF, 0xC3] + [UInt8](repeating: 0xFE, count: 104))
        let address = try Address(parsing: "unix:" + path)
        #expect(address == .unix(path) && address.description.hasPrefix("unix:/\\xff\\xc3\\xfe"))
        #expect(try SocketAddress(socketPath: path).socketPath == path)
        #expect(throws: AddressError.self) { try Address(parsing: "unix:x" + path) }
        #expect(throws: SocketAddressError.self) { try SocketAddress(socketPath: "x" + path) }
        #expect(try SocketAddress(ipAddress: "127.0.0.1", port: 1).socketPath == nil)
    }

    @Test func aUsersOwnAddressLiesInTheUsersFolder() {
        #expect(Address.own(environment: ["XDG_RUNTIME_DIR": "/run/user/7"]) == .unix("/run/user/7/animod/animod.sock"))
        #expect(
            Address.own(environment: ["XDG_RUNTIME_DIR": "/run/user/7/"]) == .unix("/run/user/7/animod/animod.sock"))
        for folder in ["", "relative", "/" + String(repeating: "x", count: 100)] {
            #expect(Address.own(environment: ["XDG_RUNTIME_DIR": folder]) == nil)
        }
        #expect(Address.own(environment: [:]) == nil)
    }

    @Test(arguments: [
        "", "/run/x", "unix:", "tcp:", "tcp:host", "tcp::1", "tcp:host:", "tcp:host:65536", "tcp:host:-1",
        "tcp:host:+1",
        "tcp:::1:80", "http:host:1", "unix:" + String(repeating: "x", count: 108), "unix:a\0b",
    ])
    func othersAreRefusedInWords(text: String) {
        #expect(throws: AddressError.self) { try Address(parsing: text) }
    }
}
