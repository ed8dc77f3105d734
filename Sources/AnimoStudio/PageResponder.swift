import AnimoConcurrency
import NIOCore
import NIOHTTP1

/// Answers plain requests with the files of the page.
struct PageResponder: Sendable {
    /// Rule by which requests are answered or refused.
    let access: StudioAccess
    /// Pictures of the user's folder, by their place in `/folder/…`.
    let pictures: [FolderPicture]

    /// Time limit of a request and its answer.
    private static let patience = Duration.seconds(15)

    /// Answers one request, then closes the connection.
    func serve(_ channel: StudioServer.HTTPChannel) async throws {
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await part in inbound {
                        guard case .head(let head) = part else { continue }
                        try await outbound.write(contentsOf: await answer(head))
                        // One request a connection: a page has a dozen small files.
                        return
                    }
                }
                group.addTask { try await Task.sleep(for: Self.patience) }
                try await group.next()
                group.cancelAll()
            }
        }
    }

    private func answer(_ head: HTTPRequestHead) async -> [HTTPPart<HTTPResponseHead, ByteBuffer>] {
        let target = RequestTarget(head.uri)
        guard head.method == .GET || head.method == .HEAD else {
            return respond(.methodNotAllowed, text: "expected GET")
        }
        var more: [(String, String)] = []
        switch access.verdict(path: target.path, query: target.query, headers: head.headers, isSocket: false) {
        case .refused(let reason): return respond(.forbidden, text: reason)
        case .granted: break
        case .grantedByAddress:
            more = [("Set-Cookie", "\(StudioAccess.cookieName)=\(access.token); HttpOnly; SameSite=Strict; Path=/")]
        }
        if target.path.hasSuffix("socket") { return respond(.forbidden, text: "expected a WebSocket of this page") }
        if let place = FolderPicture.place(in: target.path), pictures.indices.contains(place) {
            guard let bytes = try? await runBlocking(pictures[place].read) else {
                return respond(.notFound, text: "\(pictures[place].name) cannot be read any more")
            }
            return respond(.ok, type: "application/octet-stream", body: bytes, length: bytes.count, more)
        }
        guard let file = PageFile(path: target.path) else { return respond(.notFound, text: "no such page") }
        return respond(
            .ok, type: file.contentType, body: head.method == .HEAD ? [] : file.bytes, length: file.bytes.count, more)
    }

    private func respond(_ status: HTTPResponseStatus, text: String) -> [HTTPPart<HTTPResponseHead, ByteBuffer>] {
        let bytes = Array((text + "\n").utf8)
        return respond(status, type: "text/plain; charset=utf-8", body: bytes, length: bytes.count, [])
    }

    private func respond(
        _ status: HTTPResponseStatus, type: String, body: [UInt8], length: Int, _ more: [(String, String)]
    ) -> [HTTPPart<HTTPResponseHead, ByteBuffer>] {
        var headers = HTTPHeaders([
            ("Content-Type", type), ("Content-Length", "\(length)"), ("Connection", "close"),
            ("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"),
            ("X-Frame-Options", "DENY"), ("Cross-Origin-Resource-Policy", "same-origin"),
            (
                "Content-Security-Policy",
                "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; base-uri 'none'; "
                    + "form-action 'none'; frame-ancestors 'none'"
            ),
            ("Permissions-Policy", "camera=(self), microphone=(), geolocation=()"),
        ])
        for (name, value) in more { headers.add(name: name, value: value) }
        return [
            .head(HTTPResponseHead(version: .http1_1, status: status, headers: headers)),
            .body(ByteBuffer(bytes: body)), .end(nil),
        ]
    }
}
