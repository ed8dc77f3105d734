import AnimoWire
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

    @Test(arguments: [
        "", "/run/x", "unix:", "tcp:", "tcp:host", "tcp::1", "tcp:host:", "tcp:host:65536", "tcp:host:-1",
        "tcp:host:+1",
        "tcp:::1:80", "http:host:1", "unix:" + String(repeating: "x", count: 108), "unix:a\0b",
    ])
    func othersAreRefusedInWords(text: String) {
        #expect(throws: AddressError.self) { try Address(parsing: text) }
    }
}
