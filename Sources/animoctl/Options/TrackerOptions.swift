import AnimoDrivers
import AnimoMotion
import ArgumentParser

/// Options for the address that a tracker sends to.
struct TrackerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where the tracker's datagrams come in. (default: 127.0.0.1 and the protocol's own port)",
            valueName: "HOST:PORT"),
        transform: ListenAddress.init(parsing:))
    var listen: ListenAddress?

    @Option(
        help: ArgumentHelp(
            "Ask the app on this phone to send; needs --listen. (default port: the app's own)",
            valueName: "HOST[:PORT]"),
        transform: PhoneAddress.init(parsing:))
    var phone: PhoneAddress?

    @Option(help: ArgumentHelp("Which of OpenSeeFace's faces to follow. (default: the lowest)", valueName: "id"))
    var face: Int32?

    /// - Throws: `ValidationError` where an option does not belong to the input; `tracker` is nil for other inputs.
    func validate(for tracker: TrackerProtocol?) throws {
        guard let tracker else {
            if listen != nil { throw ValidationError("--listen belongs to a tracker's --input") }
            if phone != nil { throw ValidationError("--phone belongs to --input ifacialmocap or facemotion3d") }
            if face != nil { throw ValidationError("--face belongs to --input openseeface") }
            return
        }
        if face != nil, tracker != .openseeface { throw ValidationError("--face belongs to --input openseeface") }
        if phone != nil {
            guard tracker == .ifacialmocap || tracker == .facemotion3d else {
                throw ValidationError("--phone belongs to --input ifacialmocap or facemotion3d")
            }
            guard listen != nil else {
                throw ValidationError(
                    "--phone requires a network address: add --listen 0.0.0.0:49983")
            }
        }
    }

    /// Address to listen on; nil where the input comes on standard input.
    func configuration(for tracker: TrackerProtocol) -> TrackerListener.Configuration? {
        guard let port = listen?.port ?? tracker.port else { return nil }
        return TrackerListener.Configuration(
            tracker: tracker, host: listen?.host ?? "127.0.0.1", port: port, face: face, phone: phone?.host,
            phonePort: phone?.port)
    }
}

/// `[udp:]HOST:PORT`
struct ListenAddress: Equatable, Sendable {
    let host: String
    let port: Int

    init(parsing text: String) throws {
        let address = text.hasPrefix("udp:") ? text.dropFirst("udp:".count) : text[...]
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]),
            (0...65_535).contains(port)
        else { throw ValidationError("expected HOST:PORT, for instance 127.0.0.1:11573") }
        var host = address[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { throw ValidationError("expected HOST:PORT, for instance 127.0.0.1:11573") }
        self.host = String(host)
        self.port = port
    }
}

/// `HOST[:PORT]`; an IPv6 address with a port stands in brackets.
struct PhoneAddress: Equatable, Sendable {
    let host: String
    /// nil for the app's own.
    let port: Int?

    init(parsing text: String) throws {
        let isBare = !text.contains(":") || (!text.hasPrefix("[") && text.count(where: { $0 == ":" }) > 1)
        if isBare, !text.isEmpty {
            (host, port) = (text, nil)
            return
        }
        guard let address = try? ListenAddress(parsing: text), address.port > 0 else {
            throw ValidationError("expected HOST or HOST:PORT, for instance 192.168.1.20")
        }
        (host, port) = (address.host, address.port)
    }
}
